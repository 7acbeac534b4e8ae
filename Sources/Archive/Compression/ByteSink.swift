/// Receives bytes in order. One thread at a time uses it, and it may move between threads, hence `Sendable`.
public protocol ByteSink: AnyObject, Sendable {
    func write(_ bytes: UnsafeRawBufferPointer) throws
    /// Says that no more bytes come.
    ///
    /// - Returns: how many bytes the last sink of the chain has received.
    func finish() throws -> Int64
}
