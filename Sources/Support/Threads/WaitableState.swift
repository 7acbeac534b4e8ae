/// A value guarded by a mutex; threads can wait for its changes.
public final class WaitableState<Value>: @unchecked Sendable {
    private let mutex = Mutex()
    private var value: Value

    public init(_ value: Value) { self.value = value }

    /// Reads the value.
    public func read<Result>(_ body: (Value) throws -> Result) rethrows -> Result {
        try mutex.withLock { try body(value) }
    }

    /// Changes the value without waking threads that wait.
    public func note<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        try mutex.withLock { try body(&value) }
    }

    /// Changes the value and wakes all threads that wait, so that they look at it again.
    public func change<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        mutex.lock()
        defer {
            mutex.broadcast()
            mutex.unlock()
        }
        return try body(&value)
    }

    /// Waits until `body` returns something. It is called at each change and four times a second, so that it can also
    /// end a wait by itself (`Interruption.check`).
    public func wait<Result>(_ body: (inout Value) throws -> Result?) rethrows -> Result {
        mutex.lock()
        defer { mutex.unlock() }
        while true {
            if let result = try body(&value) {
                mutex.broadcast()
                return result
            }
            mutex.waitShortly()
        }
    }
}
