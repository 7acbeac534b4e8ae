import CSystem
import LibC

/// A value guarded by a mutex.
public final class Locked<Value>: @unchecked Sendable {
    private let mutex = Mutex()
    private var value: Value

    public init(_ value: Value) { self.value = value }

    /// Calls `body` with the value while no other thread has it.
    public func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        try mutex.withLock { try body(&value) }
    }
}
