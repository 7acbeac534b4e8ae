import CLibCrypto

/// SHA-256 of bytes that come piece by piece, computed by libcrypto's low-level routine.
public struct SHA256Hasher {
    private var context = SHA256_CTX()

    public init() { SHA256_Init(&context) }

    /// Adds the next bytes.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        SHA256_Update(&context, bytes.baseAddress, bytes.count)
    }

    /// The digest of all bytes. Nothing can be added afterwards.
    public mutating func finish() -> SHA256Digest {
        SHA256Digest(
            bytes: [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
                SHA256_Final(buffer.baseAddress, &context)
                count = 32
            })
    }

    /// Whether all bytes so far fill whole blocks of 64.
    var isBetweenBlocks: Bool { context.num == 0 }

    /// The eight words of the state (FIPS 180-4, 6.2).
    var words: [UInt32] { withUnsafeBytes(of: context.h) { Array($0.bindMemory(to: UInt32.self)) } }

    /// Takes over the state that another routine computed from `count` more bytes, which were whole blocks.
    mutating func replace(_ words: some Sequence<UInt32>, after count: Int) {
        withUnsafeMutableBytes(of: &context.h) { state in
            for (word, value) in zip(state.bindMemory(to: UInt32.self).indices, words) {
                state.storeBytes(of: value, toByteOffset: word * 4, as: UInt32.self)
            }
        }
        // libcrypto counts bits, in two halves of 32.
        let bits = (UInt64(context.Nh) << 32 | UInt64(context.Nl)) &+ UInt64(count) << 3
        context.Nl = UInt32(truncatingIfNeeded: bits)
        context.Nh = UInt32(truncatingIfNeeded: bits >> 32)
    }

    /// The digest of bytes in memory.
    public static func hash(_ bytes: some Sequence<UInt8>) -> SHA256Digest {
        var hasher = SHA256Hasher()
        if bytes.withContiguousStorageIfAvailable({ hasher.update(UnsafeRawBufferPointer($0)) }) == nil {
            Array(bytes).withUnsafeBytes { hasher.update($0) }
        }
        return hasher.finish()
    }
}
