import CLibBz2
import CLibDeflate
import CLibZstd

/// Compresses bytes for test archives.
public enum Compression {
    /// One zstd frame.
    public static func zstd(_ bytes: [UInt8], level: Int32 = 3, windowLog: Int32? = nil) -> [UInt8] {
        let context = ZSTD_createCCtx()
        defer { ZSTD_freeCCtx(context) }
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
        if let windowLog { ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, windowLog) }
        ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
        return [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(bytes.count)) { buffer, count in
            count = ZSTD_compress2(context, buffer.baseAddress, buffer.count, bytes, bytes.count)
        }
    }

    /// One bzip2 stream; `level` is the size of its blocks in units of 100 kB.
    public static func bzip2(_ bytes: [UInt8], level: Int32 = 9) -> [UInt8] {
        var input = bytes.map { CChar(bitPattern: $0) }
        var count = UInt32(bytes.count + bytes.count / 100 + 600)
        var output = [CChar](repeating: 0, count: Int(count))
        BZ2_bzBuffToBuffCompress(&output, &count, &input, UInt32(bytes.count), level, 0, 0)
        return output[..<Int(count)].map { UInt8(bitPattern: $0) }
    }

    /// A raw deflate stream; level 0 only stores.
    public static func deflate(_ bytes: [UInt8], level: Int32 = 6) -> [UInt8] {
        let compressor = libdeflate_alloc_compressor(level)
        defer { libdeflate_free_compressor(compressor) }
        return [UInt8](unsafeUninitializedCapacity: libdeflate_deflate_compress_bound(compressor, bytes.count) + 16) {
            buffer, count in
            count = libdeflate_deflate_compress(compressor, bytes, bytes.count, buffer.baseAddress, buffer.count)
        }
    }

    public static func crc32(_ bytes: [UInt8]) -> UInt32 { libdeflate_crc32(0, bytes, bytes.count) }
}
