import LibC

/// The clock for how long something takes.
public enum MonotonicClock {
    /// Seconds since some moment (`CLOCK_MONOTONIC`); never goes back.
    public static var seconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
