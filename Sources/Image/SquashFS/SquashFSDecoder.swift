import CLibZstd
import Support

/// Reads and decodes blocks of a SquashFS. Use by one thread at a time.
final class SquashFSDecoder {
    private let image: FileSlice
    private let context: OpaquePointer
    private var packed: [UInt8] = []

    init(_ image: FileSlice) throws {
        guard let context = ZSTD_createDCtx() else {
            throw Failure("no memory for a decoder", remedy: "Use fewer workers with --jobs.")
        }
        self.image = image
        self.context = context
    }

    deinit { ZSTD_freeDCtx(context) }

    /// Decodes the block of `length` bytes at `offset` into `output`.
    ///
    /// - Returns: how many bytes it became.
    /// - Throws: `Failure` if it is damaged, lies outside of the image, or becomes more than there is room for.
    func decode(
        at offset: UInt64, length: Int, isCompressed: Bool, into output: UnsafeMutableRawBufferPointer
    ) throws -> Int {
        guard let start = Int64(exactly: offset), length >= 0, start <= image.length,
            Int64(length) <= image.length - start
        else { throw SquashFSDecoder.damaged("a block lies outside of it") }
        guard isCompressed else {
            if length > output.count { throw SquashFSDecoder.damaged("a block is too large") }
            try image.readFully(at: start, into: UnsafeMutableRawBufferPointer(rebasing: output[..<length]))
            return length
        }
        // A block that does not become smaller is stored as it is.
        if length > output.count { throw SquashFSDecoder.damaged("a block is too large") }
        if packed.count < length { packed = [UInt8](repeating: 0, count: length) }
        return try packed.withUnsafeMutableBytes { packed in
            let packed = UnsafeMutableRawBufferPointer(rebasing: packed[..<length])
            try image.readFully(at: start, into: packed)
            let count = ZSTD_decompressDCtx(
                context, output.baseAddress, output.count, packed.baseAddress, packed.count)
            if ZSTD_isError(count) != 0 {
                throw SquashFSDecoder.damaged(
                    "damaged zstd data (\(String(cString: ZSTD_getErrorName(count))))")
            }
            return count
        }
    }

    static func damaged(_ what: Message) -> Failure {
        Failure("the SquashFS is damaged: \(what)", remedy: "Copy or download it again.", kind: .integrity)
    }
}
