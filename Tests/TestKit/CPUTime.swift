import LibC

/// The work of a thread in seconds: what a busy machine does meanwhile does not count.
public enum CPUTime {
    /// How long `body` keeps this thread at work.
    public static func measure(_ body: () throws -> Void) rethrows -> Double {
        let start = now
        try body()
        return now - start
    }

    private static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
