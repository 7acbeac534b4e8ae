import CLibZ
import Support

/// Decodes a raw deflate stream (RFC 1951) piece by piece, for members too large to be held as a whole.
final class InflateSource: BlockSource {
    private let upstream: any BlockSource
    private let stream: UnsafeMutablePointer<z_stream>
    private let buffer: UnsafeMutableRawBufferPointer
    private var hasEnded = false

    init(_ upstream: any BlockSource, scratch: DecoderScratch, buffer: UnsafeMutableRawBufferPointer) throws {
        self.upstream = upstream
        stream = try scratch.inflateDecoder()
        stream.pointee.avail_in = 0
        self.buffer = buffer
    }

    func nextBlock() throws -> UnsafeRawBufferPointer {
        stream.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(buffer.count)
        while stream.pointee.avail_out > 0 && !hasEnded {
            // The decoder may hold output back after all input was used. Only when it can do nothing more does it need
            // input.
            switch inflate(stream, Z_NO_FLUSH) {
            case Z_STREAM_END: hasEnded = true
            case Z_OK: break
            case Z_BUF_ERROR where stream.pointee.avail_in == 0:
                let block = try upstream.nextBlock()
                if block.isEmpty { throw Failure("deflated data ends early", kind: .integrity) }
                stream.pointee.next_in = UnsafeMutableRawPointer(mutating: block.baseAddress)?
                    .assumingMemoryBound(to: UInt8.self)
                stream.pointee.avail_in = UInt32(block.count)
            case Z_MEM_ERROR: throw Failure("no memory for a deflate decoder")
            default: throw Failure("damaged deflated data", kind: .integrity)
            }
        }
        return UnsafeRawBufferPointer(rebasing: buffer[..<(buffer.count - Int(stream.pointee.avail_out))])
    }
}
