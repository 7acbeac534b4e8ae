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

/// The clock for when something is.
public enum WallClock {
    /// Seconds since 1970 (`CLOCK_REALTIME`).
    public static var seconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec)
    }
}
