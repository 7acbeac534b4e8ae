import CLibBz2
import Support

/// Compresses small things as bzip2. Packages are packed as they are and never compressed again.
public enum Bzip2 {
    /// One bzip2 stream of `bytes`; equal bytes give equal streams.
    public static func compress(_ bytes: [UInt8]) throws -> [UInt8] {
        // bzip2 adds at most one per cent and 600 bytes.
        guard let size = UInt32(exactly: bytes.count),
            let capacity = UInt32(exactly: bytes.count + bytes.count / 100 + 601)
        else { throw Failure("\(bytes.count) bytes are too many to compress at once") }
        var source = bytes
        var length = capacity
        var code: Int32 = 0
        let result = [UInt8](unsafeUninitializedCapacity: Int(capacity)) { buffer, count in
            source.withUnsafeMutableBytes { source in
                code = BZ2_bzBuffToBuffCompress(
                    UnsafeMutableRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: CChar.self), &length,
                    source.baseAddress?.assumingMemoryBound(to: CChar.self), size, 9, 0, 30)
            }
            count = code == BZ_OK ? Int(length) : 0
        }
        guard code == BZ_OK else { throw Failure("bzip2 compression failed (\(code))") }
        return result
    }
}
