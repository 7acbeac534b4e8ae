import CLibZstd
import Support

/// What the header of a zstd frame says (RFC 8878, 3.1.1).
enum ZstdFrame {
    /// The size of the content of the first frame as its header gives it; nil if it gives none.
    static func contentSize(of data: FileSlice) throws -> Int64? {
        // No header is longer than 18 bytes.
        let header = try data.part(offset: 0, length: min(18, data.length)).readAll()
        let size = header.withUnsafeBytes { ZSTD_getFrameContentSize($0.baseAddress, $0.count) }
        // The two largest numbers stand for "not known" and "not a frame"; neither fits an `Int64`.
        return Int64(exactly: size)
    }
}
