import CLibZstd
import Support

/// Decodes zstd frames, also several in a row (docs/spec/install.md#conda). Bytes behind a frame that do not begin
/// another one are ignored, as by the original, whose tar has ended there.
final class ZstdSource: BlockSource {
    private let upstream: any BlockSource
    private let decoder: OpaquePointer
    private let buffer: UnsafeMutableRawBufferPointer
    private var input = ZSTD_inBuffer(src: nil, size: 0, pos: 0)
    private var hasEnded = false
    /// How many bytes the decoder wants next; 0 between frames.
    private var wanted = 0
    /// How many frames were complete so far, and how many bytes were read since the last one.
    private var frames = 0
    private var readOfFrame = 0

    init(_ upstream: any BlockSource, scratch: DecoderScratch) throws {
        self.upstream = upstream
        decoder = try scratch.zstdDecoder()
        buffer = scratch.output.bytes
    }

    func nextBlock() throws -> UnsafeRawBufferPointer {
        var output = ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
        while output.pos < output.size {
            if input.pos == input.size && !hasEnded {
                let block = try upstream.nextBlock()
                input = ZSTD_inBuffer(src: block.baseAddress, size: block.count, pos: 0)
                hasEnded = block.isEmpty
            }
            if hasEnded && wanted == 0 { break }
            let (before, inputBefore) = (output.pos, input.pos)
            let result = ZSTD_decompressStream(decoder, &output, &input)
            readOfFrame += input.pos - inputBefore
            if ZSTD_isError(result) != 0 {
                if frames > 0, ZSTD_getErrorCode(result) == ZSTD_error_prefix_unknown {
                    (hasEnded, wanted) = (true, 0)
                    input.pos = input.size
                    break
                }
                throw Failure("damaged zstd data (\(String(cString: ZSTD_getErrorName(result))))", kind: .integrity)
            }
            wanted = result
            if wanted == 0 { (frames, readOfFrame) = (frames + 1, 0) }
            if hasEnded && wanted != 0 && output.pos == before {
                // There are fewer bytes than a frame begins with.
                if frames > 0 && readOfFrame < 5 { break }
                throw Failure("zstd data ends in the middle of a frame")
            }
        }
        return UnsafeRawBufferPointer(rebasing: buffer[..<output.pos])
    }
}
