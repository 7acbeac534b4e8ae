import CLibDeflate
import Support

/// The gzip format (RFC 1952), for data that the build put into the program.
enum Gzip {
    /// In bytes. The build puts in nothing larger.
    private static let limit = 16 << 20

    /// - Throws: `Failure` if `data` is not one whole member of at most 16 MiB.
    static func decompress(_ data: UnsafeRawBufferPointer) throws -> [UInt8] {
        let damaged = Failure("the list of components in this program is damaged")
        // The last four bytes are the length of the content.
        guard data.count > 18 else { throw damaged }
        let length = Int(UInt32(littleEndian: data.loadUnaligned(fromByteOffset: data.count - 4, as: UInt32.self)))
        guard length <= limit, let decoder = libdeflate_alloc_decompressor() else { throw damaged }
        defer { libdeflate_free_decompressor(decoder) }
        return try [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
            let result = libdeflate_gzip_decompress(
                decoder, data.baseAddress, data.count, buffer.baseAddress, length, nil)
            guard result == LIBDEFLATE_SUCCESS else { throw damaged }
            count = length
        }
    }
}
