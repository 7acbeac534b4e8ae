import CLibDeflate
import CLibZ
import CLibZstd
import Support

/// The decoders and buffers of one worker, made on first use and reused for every package it reads.
///
/// Memory: buffers of at most 4 MiB together, and what the decoders keep (zstd: the window of the largest frame so far,
/// at most 128 MiB; bzip2: 6 MB). One thread at a time uses it, for one archive at a time. It may move between threads,
/// hence `Sendable`.
public final class DecoderScratch: @unchecked Sendable {
    /// Compressed bytes as they are read from the file.
    let input = ScratchBuffer(size: 128 << 10)
    /// Bytes between two decoders, for a deflated member that holds a zstd stream.
    let middle = ScratchBuffer(size: 128 << 10)
    /// Decoded bytes.
    let output = ScratchBuffer(size: 256 << 10)
    /// A whole member of a zip, packed and unpacked. Most files of wheels fit, and libdeflate needs half the time of
    /// zlib then (measured: 450–560 MB/s instead of 250–270).
    let wholePacked = ScratchBuffer(size: 512 << 10)
    let whole = ScratchBuffer(size: 1 << 20)
    let bzip2Memory = MemoryCache()
    /// Compressed bytes of several bzip2 blocks.
    let bzip2Window = ScratchBuffer(size: Bzip2Window.size)
    let team: DecoderTeam

    /// How many bytes were decoded with this scratch so far, holes of sparse files included.
    public internal(set) var decodedBytes: Int64 = 0

    /// Is told of packed bytes that were read.
    public var onRead: ((Int) -> Void)?

    private var zstd: OpaquePointer?
    private var deflate: OpaquePointer?
    private var inflate: UnsafeMutablePointer<z_stream>?

    /// The limit for all scratches of a run together.
    let budget: DecodingBudget?

    /// - Parameter team: what the workers of one installation share.
    public init(budget: DecodingBudget? = nil, team: DecoderTeam = DecoderTeam()) {
        self.budget = budget
        self.team = team
    }

    deinit {
        ZSTD_freeDCtx(zstd)
        libdeflate_free_decompressor(deflate)
        if let inflate {
            inflateEnd(inflate)
            inflate.deallocate()
        }
    }

    /// The zstd decoder, ready for a new stream. It accepts windows of up to 2^27 bytes (docs/spec/install.md#conda).
    func zstdDecoder() throws -> OpaquePointer {
        guard let decoder = zstd ?? ZSTD_createDCtx() else { throw Failure("no memory for a zstd decoder") }
        zstd = decoder
        ZSTD_DCtx_reset(decoder, ZSTD_reset_session_only)
        ZSTD_DCtx_setParameter(decoder, ZSTD_d_windowLogMax, 27)
        return decoder
    }

    /// libdeflate's decoder, which needs all of the input at once.
    func deflateDecoder() throws -> OpaquePointer {
        guard let decoder = deflate ?? libdeflate_alloc_decompressor() else {
            throw Failure("no memory for a deflate decoder")
        }
        deflate = decoder
        return decoder
    }

    /// zlib's decoder, ready for a new raw stream.
    func inflateDecoder() throws -> UnsafeMutablePointer<z_stream> {
        if let inflate {
            inflateReset(inflate)
            return inflate
        }
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard inflateInit2_(stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            stream.deallocate()
            throw Failure("no memory for a deflate decoder")
        }
        inflate = stream
        return stream
    }

    /// Adds to `decodedBytes`, and throws if that is more than `limit` bytes since `start`.
    public func count(_ bytes: Int, from start: Int64, limit: Int64?) throws {
        decodedBytes += Int64(bytes)
        try budget?.spend(bytes)
        if let limit, decodedBytes - start > limit { throw DecodingBudget.exceeded(limit) }
    }
}

/// A buffer allocated on first use.
final class ScratchBuffer {
    private let size: Int
    private var memory: UnsafeMutableRawBufferPointer?

    init(size: Int) { self.size = size }

    deinit { memory?.deallocate() }

    var bytes: UnsafeMutableRawBufferPointer {
        if let memory { return memory }
        let fresh = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64)
        memory = fresh
        return fresh
    }
}
