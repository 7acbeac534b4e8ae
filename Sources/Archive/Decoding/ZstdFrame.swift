import CLibZstd
import Support

/// What the header of a zstd frame tells (RFC 8878, 3.1.1).
enum ZstdFrame {
    /// The size of the content of the first frame, as its header claims it; nil if it does not.
    static func contentSize(of data: FileSlice) throws -> Int64? {
        // No header is longer.
        let header = try data.part(offset: 0, length: min(18, data.length)).readAll()
        let size = header.withUnsafeBytes { ZSTD_getFrameContentSize($0.baseAddress, $0.count) }
        // The two largest numbers mean that it is not known, or that this is no frame; neither is an `Int64`.
        return Int64(exactly: size)
    }
}
