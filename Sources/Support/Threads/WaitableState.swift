/// A value guarded by a mutex, whose changes other threads can wait for.
public final class WaitableState<Value>: @unchecked Sendable {
    private let mutex = Mutex()
    private var value: Value

    public init(_ value: Value) { self.value = value }

    public func read<Result>(_ body: (Value) throws -> Result) rethrows -> Result {
        try mutex.withLock { try body(value) }
    }

    /// Changes the value in a way nobody waits for.
    public func note<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        try mutex.withLock { try body(&value) }
    }

    /// Changes the value and lets all who wait look at it again.
    public func change<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        mutex.lock()
        defer {
            mutex.broadcast()
            mutex.unlock()
        }
        return try body(&value)
    }

    /// Waits until `body` returns something; it looks at the value at each change and four times a second, so that it
    /// can end a wait nobody else would end (`Interruption.check`).
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
