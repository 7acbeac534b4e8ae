import CLibBz2
import Support

/// Decodes bzip2 with libbz2, also several streams in a row (docs/spec/install.md#tar-bz2). Other bytes behind a stream
/// are ignored, as by bzip2 itself.
final class LibBzip2Source {
    private let upstream: any BlockSource
    private let memory: MemoryCache
    private let stream: UnsafeMutablePointer<bz_stream>
    private var isOpen = false
    private var hasInputEnded = false
    private var hasEnded = false
    private var isFirstStream: Bool
    /// Bytes of input that the current stream was given.
    private var streamInput = 0

    /// - Parameter isFirstStream: false if a stream comes before these bytes; then they need not begin with one.
    init(_ upstream: any BlockSource, isFirstStream: Bool = true, scratch: DecoderScratch) {
        self.upstream = upstream
        self.isFirstStream = isFirstStream
        memory = scratch.bzip2Memory
        stream = .allocate(capacity: 1)
        stream.initialize(to: bz_stream())
    }

    deinit {
        if isOpen { BZ2_bzDecompressEnd(stream) }
        stream.deallocate()
    }

    /// Decodes into `output` and returns how many bytes. `output` is filled except at the end of all streams.
    func decode(into output: UnsafeMutableRawBufferPointer) throws -> Int {
        guard let base = output.baseAddress else { return 0 }
        stream.pointee.next_out = base.assumingMemoryBound(to: CChar.self)
        stream.pointee.avail_out = UInt32(output.count)
        while stream.pointee.avail_out > 0 && !hasEnded { try step() }
        return output.count - Int(stream.pointee.avail_out)
    }

    private func step() throws {
        if stream.pointee.avail_in == 0 && !hasInputEnded {
            let block = try upstream.nextBlock()
            hasInputEnded = block.isEmpty
            stream.pointee.next_in = UnsafeMutableRawPointer(mutating: block.baseAddress)?
                .assumingMemoryBound(to: CChar.self)
            stream.pointee.avail_in = UInt32(block.count)
        }
        if !isOpen {
            if hasInputEnded && !isFirstStream {
                hasEnded = true
                return
            }
            try open()
        }
        let (inputBefore, outputBefore) = (stream.pointee.avail_in, stream.pointee.avail_out)
        let result = BZ2_bzDecompress(stream)
        streamInput += Int(inputBefore - stream.pointee.avail_in)
        let stalled = hasInputEnded && stream.pointee.avail_out == outputBefore
        switch result {
        case BZ_STREAM_END: close()
        case BZ_OK where !stalled: break
        case BZ_DATA_ERROR_MAGIC where !isFirstStream && streamInput <= 4: hasEnded = true
        case BZ_OK where !isFirstStream && streamInput < 4: hasEnded = true
        case BZ_OK: throw Failure("bzip2 data ends in the middle of a stream")
        case BZ_DATA_ERROR_MAGIC: throw Failure("this is not bzip2 data")
        case BZ_MEM_ERROR: throw Failure("no memory for a bzip2 decoder")
        default: throw Failure("damaged bzip2 data (code \(result))", kind: .integrity)
        }
    }

    private func open() throws {
        stream.pointee.opaque = Unmanaged.passUnretained(memory).toOpaque()
        stream.pointee.bzalloc = { opaque, count, size in
            guard let opaque else { return nil }
            return Unmanaged<MemoryCache>.fromOpaque(opaque).takeUnretainedValue().allocate(Int(count) * Int(size))
        }
        stream.pointee.bzfree = { opaque, memory in
            guard let opaque, let memory else { return }
            Unmanaged<MemoryCache>.fromOpaque(opaque).takeUnretainedValue().release(memory)
        }
        guard BZ2_bzDecompressInit(stream, 0, 0) == BZ_OK else { throw Failure("no memory for a bzip2 decoder") }
        isOpen = true
        streamInput = 0
    }

    private func close() {
        BZ2_bzDecompressEnd(stream)
        isOpen = false
        isFirstStream = false
    }
}
