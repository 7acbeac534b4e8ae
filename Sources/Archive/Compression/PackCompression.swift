import Support

/// How a pack may be compressed as a whole (docs/format.md).
public enum PackCompression: String, Sendable, CaseIterable {
    case gzip, zstd, bzip2, xz

    /// Finds the compression by the first bytes of a file; its name plays no role.
    public init?(startOfFile bytes: [UInt8]) {
        // Programs that compress in parallel may begin zstd data with a frame that readers skip (RFC 8878, 3.1.2).
        let isSkippable = bytes.count >= 4 && bytes[0] & 0xF0 == 0x50 && bytes[1...3].elementsEqual([0x2A, 0x4D, 0x18])
        guard let found = Self.allCases.first(where: { bytes.starts(with: $0.magic) }) ?? (isSkippable ? .zstd : nil)
        else { return nil }
        self = found
    }

    private var magic: [UInt8] {
        switch self {
        case .gzip: [0x1F, 0x8B]
        case .zstd: [0x28, 0xB5, 0x2F, 0xFD]
        case .bzip2: Array("BZh".utf8)
        case .xz: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0]
        }
    }

    /// The endings of file names for this compression, the usual one first.
    public var endings: [ByteString] {
        switch self {
        case .gzip: [".tar.gz", ".tgz"]
        case .zstd: [".tar.zst", ".tzst"]
        case .bzip2: [".tar.bz2", ".tbz2", ".tbz"]
        case .xz: [".tar.xz", ".txz"]
        }
    }

    /// The compression that the name of a pack to be written asks for; nil means a plain tar.
    public init?(fileName: ByteString) {
        let name = ByteString(fileName.lossyString.lowercased())
        guard let found = Self.allCases.first(where: { $0.endings.contains { name.hasSuffix($0) } }) else { return nil }
        self = found
    }
}
