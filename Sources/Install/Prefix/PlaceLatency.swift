import Support

/// How long the file system of an environment takes to make a file: a local one takes microseconds, a network file system waits
/// for its server at each call. There many files have to be written at once, or an installation spends its time waiting.
final class PlaceLatency: Sendable {
    /// In nanoseconds. A call that takes longer has waited for a server or a disk.
    static let slow: UInt64 = 500_000
    /// How many files are made before it is judged. On a busy machine some of them take long, but not most.
    static let sample = 16

    private let found = Locked(false)

    /// Whether it was found slow.
    var isSlow: Bool { found.withLock { $0 } }

    /// One worker's look at its own calls.
    struct Meter {
        /// Whether this worker, or another one before it, has found the place slow.
        private(set) var isSlow = false
        private var calls = 0
        private var slowCalls = 0

        /// Calls `body`, which makes something, and counts how long it takes.
        mutating func measure<Result>(
            _ latency: PlaceLatency, _ body: () throws(SystemError) -> Result
        ) throws(SystemError) -> Result {
            let start = MonotonicClock.nanoseconds
            let result = try body()
            calls += 1
            if MonotonicClock.nanoseconds &- start > PlaceLatency.slow { slowCalls += 1 }
            guard calls == PlaceLatency.sample else { return result }
            if slowCalls * 4 > calls * 3 { latency.found.withLock { $0 = true } }
            (calls, slowCalls) = (0, 0)
            isSlow = latency.isSlow
            return result
        }
    }
}
