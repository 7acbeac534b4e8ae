#if FAULT_INJECTION
#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Makes the N-th system call of this process fail; compiled only into the test build (`FAULTS=1`).
///
/// Configured by `PIXI_PACK_FAULT=N:errno` (the N-th call, counted from 1, fails once with that number),
/// `PIXI_PACK_FAULT=N:short` (all reads and writes from the N-th call on are one byte long), and
/// `PIXI_PACK_FAULT_COUNT=FILE` (the number of calls made is written there at exit by the test's own means).
public final class FaultInjection: @unchecked Sendable {
    public static let shared = FaultInjection()

    private var mutex = pthread_mutex_t()
    private var count = 0
    private var target = Int.max
    private var code: Int32 = 0
    private var short = false

    private init() {
        pthread_mutex_init(&mutex, nil)
        guard let setting = getenv("PIXI_PACK_FAULT") else { return }
        let parts = String(cString: setting).split(separator: ":")
        guard parts.count == 2, let number = Int(parts[0]) else { return }
        target = number
        if parts[1] == "short" { short = true } else { code = Int32(parts[1]) ?? EIO }
    }

    /// The error the next call shall fail with, if it is its turn.
    public func next(_ call: Sys.Call) -> Int32? {
        pthread_mutex_lock(&mutex)
        defer { pthread_mutex_unlock(&mutex) }
        count += 1
        return count == target && !short ? code : nil
    }

    public func isShort(_ call: Sys.Call) -> Bool { short && count >= target }

    /// How many calls were made so far.
    public var calls: Int { count }
}
#endif
