import Support

/// What the table of inodes says of a file, link or folder.
struct SquashFSInode {
    enum Kind {
        /// Where its list is in the table of folders, and how many bytes that has.
        case directory(SquashFSReference, size: UInt64)
        case file(SquashFSContent)
        case symlink(ByteString)
    }

    let kind: Kind
    /// Permission bits.
    let mode: UInt32
    /// Of its last change, in seconds since 1970.
    let time: Int64

    /// Linux has no longer ones.
    private static let longestLink: UInt64 = 4095

    init(_ cursor: inout SquashFSCursor, blockSize: Int) throws {
        let type = try cursor.number(2)
        mode = UInt32(try cursor.number(2)) & 0o7777
        _ = try cursor.number(4)
        time = Int64(try cursor.number(4))
        _ = try cursor.number(4)
        switch type {
        case 1:
            let block = try cursor.number(4)
            _ = try cursor.number(4)
            let size = try cursor.number(2)
            let offset = try cursor.number(2)
            kind = .directory(SquashFSReference(block << 16 | offset), size: size)
        case 8:
            _ = try cursor.number(4)
            let size = try cursor.number(4)
            let block = try cursor.number(4)
            _ = try cursor.number(6)
            let offset = try cursor.number(2)
            kind = .directory(SquashFSReference(block << 16 | offset), size: size)
        case 2:
            let start = try cursor.number(4)
            let (fragment, offset, size) = (try cursor.number(4), try cursor.number(4), try cursor.number(4))
            kind = .file(
                try SquashFSContent(
                    start: start, fragment: fragment, offset: offset, size: size, blockSize: blockSize,
                    sizes: cursor.place))
        case 9:
            let (start, size) = (try cursor.number(8), try cursor.number(8))
            _ = try cursor.bytes(12)
            let (fragment, offset) = (try cursor.number(4), try cursor.number(4))
            _ = try cursor.number(4)
            kind = .file(
                try SquashFSContent(
                    start: start, fragment: fragment, offset: offset, size: size, blockSize: blockSize,
                    sizes: cursor.place))
        case 3, 10:
            _ = try cursor.number(4)
            let size = try cursor.number(4)
            guard size > 0, size <= SquashFSInode.longestLink else {
                throw SquashFSDecoder.damaged("a link of \(size) bytes")
            }
            kind = .symlink(ByteString(try cursor.bytes(Int(size))))
        case 4...7, 11...14:
            throw Failure("it holds a device, pipe or socket, which no environment has", kind: .integrity)
        default: throw SquashFSDecoder.damaged("an inode of kind \(type)")
        }
    }
}

/// Where the content of a file is: whole blocks in a row, and an end that may lie in a block with those of other files.
struct SquashFSContent: Sendable {
    /// Where the first block is, in bytes from the start of the image.
    let start: UInt64
    /// In bytes.
    let size: Int64
    /// How many blocks of its own it has.
    let blocks: Int64
    /// The number of the block with its end, and where the end begins in it; nil if it has none there.
    let fragment: Fragment?
    /// The list of the sizes of its blocks.
    let sizes: SquashFSPlace

    struct Fragment: Sendable {
        let number: UInt32
        let offset: Int
    }

    init(
        start: UInt64, fragment: UInt64, offset: UInt64, size: UInt64, blockSize: Int, sizes: SquashFSPlace
    ) throws {
        guard size < 1 << 62, fragment <= 0xFFFF_FFFF, offset < 1 << 31 else {
            throw SquashFSDecoder.damaged("a file of \(size) bytes")
        }
        self.start = start
        self.size = Int64(size)
        self.sizes = sizes
        let hasFragment = fragment != 0xFFFF_FFFF
        self.fragment = hasFragment ? Fragment(number: UInt32(fragment), offset: Int(offset)) : nil
        let whole = self.size / Int64(blockSize)
        blocks = hasFragment || self.size % Int64(blockSize) == 0 ? whole : whole + 1
    }
}
