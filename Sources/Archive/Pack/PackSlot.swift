import Support

/// Receives the content of one awaited entry. Calls may come from several threads, but never two at a time for one
/// slot.
public protocol PackSlot: Sendable {
    /// Writes bytes at `offset` of the file. Offsets rise without gaps from 0, and again from 0 after `restart`.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws
    /// Discards what was written so far.
    func restart() throws
    /// Says that the content is complete and has `size` bytes.
    func finish(size: Int64) throws
    /// A file and an offset in it where content of exactly the entry's size may be written without `write`; nil if
    /// there is none yet.
    var destination: (descriptor: Int32, offset: Int64)? { get }
    /// The first `size` bytes written so far, readable until the pack is finished. Ask before `finish(size:)`.
    func content(size: Int64) throws -> FileSlice
    /// Takes the content from a file that does not change until the pack is finished.
    func fill(from contents: FileSlice) throws
    /// The entry's position in the writer's `window`; nil if there is no window.
    var position: Int? { get }
    /// How many bytes are free where the content goes; nil if that is not known.
    var freeSpace: Int64? { get }
}

extension PackSlot {
    public var freeSpace: Int64? { destination.flatMap { try? Sys.freeSpace($0.descriptor) } }

    public func fill(from contents: FileSlice) throws {
        var offset: Int64 = 0
        try contents.forEachChunk(size: 1 << 20) { bytes in
            try write(bytes, at: offset)
            offset += Int64(bytes.count)
        }
        try finish(size: contents.length)
    }

    public var position: Int? { nil }
}
