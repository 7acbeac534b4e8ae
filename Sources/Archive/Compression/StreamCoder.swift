import CLibBz2
import CLibLzma
import CLibZ
import CLibZstd
import Support

/// A compressor or decompressor of a C library. Use by one thread at a time.
protocol StreamCoder: AnyObject {
    /// Codes as much as the input and the room for output allow.
    ///
    /// - Parameter isLast: whether this is the end of the input.
    /// - Throws: `Failure` if the input is damaged.
    func step(
        _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer, isLast: Bool
    ) throws -> CoderProgress
}

/// What one step has done.
struct CoderProgress {
    /// Bytes of input.
    let consumed: Int
    /// Bytes of output.
    let produced: Int
    /// The stream is complete.
    let hasEnded: Bool
}

extension PackCompression {
    /// A decoder for one stream; every further stream needs a new one.
    func makeDecoder() throws -> any StreamCoder {
        switch self {
        case .gzip: try GzipCoder(.decode)
        case .zstd: try ZstdDecoder()
        case .bzip2: try Bzip2Coder(.decode)
        case .xz: try XZCoder(.decode)
        }
    }

    /// - Parameter threads: how many threads may work. The result is the same for any number.
    func makeEncoder(threads: Int) throws -> any StreamCoder {
        switch self {
        case .gzip: try GzipCoder(.encode)
        case .zstd: try ZstdEncoder(threads: threads)
        case .bzip2: try Bzip2Coder(.encode)
        case .xz: try XZCoder(.encode)
        }
    }
}

enum CoderDirection { case encode, decode }

/// gzip (RFC 1952) by zlib. Headers written have neither name nor time, so that equal input gives equal output.
private final class GzipCoder: StreamCoder {
    private let stream: UnsafeMutablePointer<z_stream>
    private let direction: CoderDirection

    init(_ direction: CoderDirection) throws {
        self.direction = direction
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // zlib makes gzip instead of its own format if 16 is added to the bits of the window.
        let size = Int32(MemoryLayout<z_stream>.size)
        let result =
            direction == .encode
            ? deflateInit2_(stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
            : inflateInit2_(stream, 15 + 16, ZLIB_VERSION, size)
        if result != Z_OK { throw Failure("no memory for gzip") }
    }

    deinit {
        if direction == .encode { deflateEnd(stream) } else { inflateEnd(stream) }
        stream.deallocate()
    }

    func step(
        _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer, isLast: Bool
    ) throws -> CoderProgress {
        stream.pointee.next_in = UnsafeMutableRawPointer(mutating: input.baseAddress)?
            .assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_in = UInt32(clamping: input.count)
        stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(clamping: output.count)
        let result =
            direction == .encode ? deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH) : inflate(stream, Z_NO_FLUSH)
        switch result {
        case Z_OK, Z_BUF_ERROR, Z_STREAM_END: break
        case Z_MEM_ERROR: throw Failure("no memory for gzip")
        default: throw Failure("damaged gzip data", kind: .integrity)
        }
        return CoderProgress(
            consumed: input.count - Int(stream.pointee.avail_in),
            produced: output.count - Int(stream.pointee.avail_out), hasEnded: result == Z_STREAM_END)
    }
}

private final class Bzip2Coder: StreamCoder {
    private let stream: UnsafeMutablePointer<bz_stream>
    private let direction: CoderDirection

    init(_ direction: CoderDirection) throws {
        self.direction = direction
        stream = .allocate(capacity: 1)
        stream.initialize(to: bz_stream())
        let result =
            direction == .encode ? BZ2_bzCompressInit(stream, 9, 0, 30) : BZ2_bzDecompressInit(stream, 0, 0)
        if result != BZ_OK { throw Failure("no memory for bzip2") }
    }

    deinit {
        if direction == .encode { BZ2_bzCompressEnd(stream) } else { BZ2_bzDecompressEnd(stream) }
        stream.deallocate()
    }

    func step(
        _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer, isLast: Bool
    ) throws -> CoderProgress {
        stream.pointee.next_in = UnsafeMutableRawPointer(mutating: input.baseAddress)?
            .assumingMemoryBound(to: CChar.self)
        stream.pointee.avail_in = UInt32(clamping: input.count)
        stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: CChar.self)
        stream.pointee.avail_out = UInt32(clamping: output.count)
        let result =
            direction == .encode ? BZ2_bzCompress(stream, isLast ? BZ_FINISH : BZ_RUN) : BZ2_bzDecompress(stream)
        switch result {
        case BZ_OK, BZ_RUN_OK, BZ_FINISH_OK, BZ_STREAM_END: break
        case BZ_MEM_ERROR: throw Failure("no memory for bzip2")
        default: throw Failure("damaged bzip2 data", kind: .integrity)
        }
        return CoderProgress(
            consumed: input.count - Int(stream.pointee.avail_in),
            produced: output.count - Int(stream.pointee.avail_out), hasEnded: result == BZ_STREAM_END)
    }
}

private final class XZCoder: StreamCoder {
    private let stream: UnsafeMutablePointer<lzma_stream>

    /// The most memory a decoder may take, in bytes: enough for `xz -9`.
    private static let memoryLimit: UInt64 = 96 << 20

    init(_ direction: CoderDirection) throws {
        stream = .allocate(capacity: 1)
        stream.initialize(to: lzma_stream())
        let result =
            direction == .encode
            ? lzma_easy_encoder(stream, 6, LZMA_CHECK_CRC64) : lzma_stream_decoder(stream, Self.memoryLimit, 0)
        if result != LZMA_OK { throw Failure("no memory for xz") }
    }

    deinit {
        lzma_end(stream)
        stream.deallocate()
    }

    func step(
        _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer, isLast: Bool
    ) throws -> CoderProgress {
        stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_in = input.count
        stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = output.count
        let result = lzma_code(stream, isLast ? LZMA_FINISH : LZMA_RUN)
        switch result {
        case LZMA_OK, LZMA_BUF_ERROR, LZMA_STREAM_END: break
        case LZMA_MEM_ERROR, LZMA_MEMLIMIT_ERROR: throw Failure("the xz data needs too much memory")
        default: throw Failure("damaged xz data", kind: .integrity)
        }
        return CoderProgress(
            consumed: input.count - stream.pointee.avail_in, produced: output.count - stream.pointee.avail_out,
            hasEnded: result == LZMA_STREAM_END)
    }
}

private final class ZstdDecoder: StreamCoder {
    private let decoder: OpaquePointer

    init() throws {
        guard let decoder = ZSTD_createDCtx() else { throw Failure("no memory for zstd") }
        self.decoder = decoder
        ZSTD_DCtx_setParameter(decoder, ZSTD_d_windowLogMax, 27)
    }

    deinit { ZSTD_freeDCtx(decoder) }

    func step(
        _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer, isLast: Bool
    ) throws -> CoderProgress {
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        let result = ZSTD_decompressStream(decoder, &target, &source)
        if ZSTD_isError(result) != 0 {
            throw Failure("damaged zstd data (\(String(cString: ZSTD_getErrorName(result))))", kind: .integrity)
        }
        return CoderProgress(consumed: source.pos, produced: target.pos, hasEnded: result == 0)
    }
}

/// zstd with threads of its own. The data is cut at fixed places, so that the result is the same for any number of
/// threads.
private final class ZstdEncoder: StreamCoder {
    private let encoder: OpaquePointer

    init(threads: Int) throws {
        guard let encoder = ZSTD_createCCtx() else { throw Failure("no memory for zstd") }
        self.encoder = encoder
        ZSTD_CCtx_setParameter(encoder, ZSTD_c_checksumFlag, 1)
        // Each thread takes some 20 MB, and four are faster than most disks.
        ZSTD_CCtx_setParameter(encoder, ZSTD_c_nbWorkers, Int32(min(4, max(1, threads))))
    }

    deinit { ZSTD_freeCCtx(encoder) }

    func step(
        _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer, isLast: Bool
    ) throws -> CoderProgress {
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        let result = ZSTD_compressStream2(encoder, &target, &source, isLast ? ZSTD_e_end : ZSTD_e_continue)
        if ZSTD_isError(result) != 0 {
            throw Failure("zstd compression failed (\(String(cString: ZSTD_getErrorName(result))))")
        }
        return CoderProgress(consumed: source.pos, produced: target.pos, hasEnded: isLast && result == 0)
    }
}
