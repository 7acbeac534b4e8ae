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
