import Support

/// A cache entry being written under a name of its own; removed unless it is committed.
final class CacheEntryWriter {
    private let target: ByteString
    private let temporary: ByteString
    private let file: File
    private var isCommitted = false

    init(target: ByteString) throws {
        self.target = target
        let (descriptor, path) = try HiddenTemporary.file(for: target.lastPathComponent, in: target.parentPath)
        temporary = path
        file = File(descriptor: descriptor, path: path)
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
        try Sys.writeAll(file.descriptor, bytes, at: offset)
    }

    /// The hash of what was written.
    func sha256() throws -> SHA256Digest { try file.slice().sha256() }

    func restart() throws { try Sys.truncate(file.descriptor, to: 0) }

    /// Gives the entry its name. An older entry of that name is replaced.
    func commit() throws {
        try Sys.reportDelayedErrors(file.descriptor)
        try Sys.rename(temporary, to: target)
        isCommitted = true
    }

    deinit { if !isCommitted { RemoveTree.discard(temporary) } }
}
