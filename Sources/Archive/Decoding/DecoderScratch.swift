import CLibDeflate
import CLibZ
import CLibZstd
import Support

/// The decoders and buffers of one worker, made on first use and reused for every package it reads.
///
/// Memory: buffers of at most 4 MiB together, plus what the decoders keep (zstd: the window of the largest frame
/// met, at most 128 MiB; bzip2: 6 MB). Use by one thread at a time and for one archive at a time; it may move between
/// threads, hence `Sendable`.
public final class DecoderScratch: @unchecked Sendable {
    /// Compressed bytes as they come from the file.
    let input = ScratchBuffer(size: 128 << 10)
    /// Bytes between two decoders (a deflated member that holds a zstd stream).
    let middle = ScratchBuffer(size: 128 << 10)
    /// Decoded bytes.
    let output = ScratchBuffer(size: 256 << 10)
    /// A member of a zip as a whole, packed and unpacked: most files of wheels fit, and libdeflate takes half of zlib's
    /// time (measured: 450–560 MB/s against 250–270).
    let wholePacked = ScratchBuffer(size: 512 << 10)
    let whole = ScratchBuffer(size: 1 << 20)
    let bzip2Memory = MemoryCache()
    /// Compressed bytes of several blocks of bzip2.
    let bzip2Window = ScratchBuffer(size: Bzip2Window.size)
    let team: DecoderTeam

    /// How many bytes were decoded with this scratch so far, holes of sparse files included.
    public internal(set) var decodedBytes: Int64 = 0

    private var zstd: OpaquePointer?
    private var deflate: OpaquePointer?
    private var inflate: UnsafeMutablePointer<z_stream>?

    /// What all scratches of a run may decode together.
    let budget: DecodingBudget?

    /// - Parameter team: shared by the workers of one installation.
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

    /// The zstd decoder, ready for a new stream; windows up to 2^27 bytes (docs/spec/install.md#conda).
    func zstdDecoder() throws -> OpaquePointer {
        guard let decoder = zstd ?? ZSTD_createDCtx() else { throw Failure("no memory for a zstd decoder") }
        zstd = decoder
        ZSTD_DCtx_reset(decoder, ZSTD_reset_session_only)
        ZSTD_DCtx_setParameter(decoder, ZSTD_d_windowLogMax, 27)
        return decoder
    }

    /// libdeflate's decoder, which needs the whole input at once.
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

    /// Adds to `decodedBytes` and refuses to go beyond `limit`, counted from `start`.
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

/// Memory given back by a C library, kept for its next request of the same size.
final class MemoryCache {
    private var free: [Int: [UnsafeMutableRawPointer]] = [:]
    private var sizes: [UnsafeMutableRawPointer: Int] = [:]

    func allocate(_ size: Int) -> UnsafeMutableRawPointer {
        if let memory = free[size]?.popLast() { return memory }
        let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        sizes[memory] = size
        return memory
    }

    func release(_ memory: UnsafeMutableRawPointer) {
        if let size = sizes[memory] { free[size, default: []].append(memory) }
    }

    deinit { for memory in sizes.keys { memory.deallocate() } }
}
