import LibC

/// The clock that tells the date and the time of day.
public enum WallClock {
    /// Seconds since 1970 (`CLOCK_REALTIME`).
    public static var seconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec)
    }
}
