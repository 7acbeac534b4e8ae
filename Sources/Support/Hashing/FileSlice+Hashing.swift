import CLibCrypto

extension FileSlice {
    /// The SHA-256 of all bytes of the slice.
    ///
    /// - Throws: `Failure` if they cannot be read.
    public func sha256() throws -> SHA256Digest {
        var hasher = SHA256Hasher()
        try forEachChunk { hasher.update($0) }
        return hasher.finish()
    }

    /// The MD5 of all bytes of the slice.
    ///
    /// - Throws: `Failure` if they cannot be read.
    public func md5() throws -> MD5Digest {
        var hasher = MD5Hasher()
        try forEachChunk { hasher.update($0) }
        return hasher.finish()
    }

    /// Calls `body` with the bytes from first to last, in pieces of up to `size` bytes. A piece is valid during the
    /// call only.
    public func forEachChunk(size: Int = 256 << 10, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64)
        defer { buffer.deallocate() }
        var position: Int64 = 0
        while position < length {
            try Interruption.check()
            let count = try read(at: position, into: buffer)
            try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            position += Int64(count)
        }
    }
}
