import Support

/// Writes one file through a buffer. It counts what is written and, if asked to, hashes it.
struct FileSink: ~Copyable {
    private let file: PrefixFile
    private let buffer: OutputBuffer
    private var used = 0
    private var hasher: SHA256Hasher?
    private(set) var size: UInt64 = 0

    /// Larger pieces are written directly, without being copied.
    private static let directSize = 64 << 10

    init(_ file: consuming PrefixFile, buffer: OutputBuffer, hashing: Bool) {
        self.file = file
        self.buffer = buffer
        if hashing { hasher = SHA256Hasher() }
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) throws {
        size += UInt64(bytes.count)
        if bytes.count > buffer.memory.count - used || bytes.count >= Self.directSize {
            try flush()
            if bytes.count >= Self.directSize { return try emit(bytes) }
        }
        UnsafeMutableRawBufferPointer(rebasing: buffer.memory[used...]).copyMemory(from: bytes)
        used += bytes.count
    }

    private mutating func flush() throws {
        guard used > 0 else { return }
        try emit(UnsafeRawBufferPointer(rebasing: buffer.memory[..<used]))
        used = 0
    }

    private mutating func emit(_ bytes: UnsafeRawBufferPointer) throws {
        hasher?.update(bytes)
        try file.write(bytes)
    }

    /// Completes the file.
    ///
    /// - Parameter time: see `PrefixFile.finish`.
    /// - Returns: the SHA-256 of what was written, if it was asked for.
    consuming func finish(time: Int64?) throws -> SHA256Digest? {
        try flush()
        let digest = hasher?.finish()
        try file.finish(time: time)
        return digest
    }
}
