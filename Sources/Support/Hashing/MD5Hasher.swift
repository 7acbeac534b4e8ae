import CLibCrypto

/// MD5 of bytes that come piece by piece.
public struct MD5Hasher {
    private var context = MD5_CTX()

    public init() { MD5_Init(&context) }

    /// Adds the next bytes.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        MD5_Update(&context, bytes.baseAddress, bytes.count)
    }

    /// The digest of all bytes. Nothing can be added afterwards.
    public mutating func finish() -> MD5Digest {
        MD5Digest(
            bytes: [UInt8](unsafeUninitializedCapacity: 16) { buffer, count in
                MD5_Final(buffer.baseAddress, &context)
                count = 16
            })
    }
}
