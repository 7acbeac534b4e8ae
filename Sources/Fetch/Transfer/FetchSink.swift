import CondaModel
import Support

/// Where the bytes of one request go. Calls come from several threads, but never two at a time for one sink.
///
/// An error thrown by a sink is final: it ends the whole fetch (the disk is full; another server would not help).
public protocol FetchSink: Sendable {
    /// Bytes for position `offset` of the file; offsets rise without gaps since the beginning or the last `restart`.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws
    /// What was written so far is void; the file begins again at offset 0.
    func restart() throws
    /// A file of which nobody knows a hash has come, `size` bytes; asked before `finish`, and before anything is kept.
    ///
    /// - Throws: `Failure` if it cannot be the file that was asked for. That file has then failed, not the whole fetch.
    func examine(size: Int64) throws
    /// The file is whole and verified; `size` is its length in bytes.
    func finish(size: Int64) throws
    /// A file and the offset at which the bytes may be put without passing through `write` (kernel-side copies); used
    /// only for files of exactly the size the request names.
    var destination: (descriptor: Int32, offset: Int64)? { get }
    /// How many bytes there is room for where the file goes, which nobody may write over: a server that does not say how
    /// much it sends must not fill the disk. Nil: nobody knows.
    var freeSpace: Int64? { get }
}

extension FetchSink {
    public func examine(size: Int64) throws {}
    public func finish(size: Int64) throws {}
    public var destination: (descriptor: Int32, offset: Int64)? { nil }
    public var freeSpace: Int64? { destination.flatMap { try? Sys.freeSpace($0.descriptor) } }
}
