import Support

/// The first 96 bytes of a SquashFS 4.0 (https://dr-emann.github.io/squashfs/): where its tables are.
///
/// Nothing in it is believed: an offset that leads out of the image fails where it is read.
struct SquashFSSuperblock: Sendable {
    static let size = 96

    /// The size of a data block in bytes: a power of two from 4 KiB to 1 MiB.
    let blockSize: Int
    let fragments: UInt32
    /// Where the inode of the root folder is.
    let root: SquashFSReference
    let inodeTable: UInt64
    let directoryTable: UInt64
    let fragmentTable: UInt64

    private static let compressions = ["gzip", "lzma", "lzo", "xz", "lz4", "zstd"]

    /// - Throws: `Failure` if it is no SquashFS, or one this program does not read.
    init(_ image: FileSlice) throws {
        guard image.length >= SquashFSSuperblock.size else { throw Failure("it is no SquashFS", kind: .integrity) }
        let bytes = try image.part(offset: 0, length: Int64(SquashFSSuperblock.size)).readAll()
        guard bytes.starts(with: "hsqs".utf8) else { throw Failure("it is no SquashFS", kind: .integrity) }
        func number(_ offset: Int, _ count: Int) -> UInt64 { SquashFSBytes.number(bytes, offset, count) }
        let version = (number(28, 2), number(30, 2))
        guard version == (4, 0) else {
            throw Failure("it is a SquashFS of version \(version.0).\(version.1), this program reads 4.0")
        }
        let compression = Int(number(20, 2))
        guard compression == 6 else {
            let names = SquashFSSuperblock.compressions
            let name = (1...names.count).contains(compression) ? names[compression - 1] : "number \(compression)"
            throw Failure("it is compressed with \(name), this program reads zstd")
        }
        let (size, log) = (number(12, 4), number(22, 2))
        guard (12...20).contains(log), size == 1 << log else {
            throw Failure("damaged: it has blocks of \(size) bytes", kind: .integrity)
        }
        blockSize = Int(size)
        fragments = UInt32(truncatingIfNeeded: number(16, 4))
        root = SquashFSReference(number(32, 8))
        inodeTable = number(64, 8)
        directoryTable = number(72, 8)
        fragmentTable = number(80, 8)
    }
}
