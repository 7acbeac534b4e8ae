import Archive
import Support

/// A wheel whose files were unpacked before it was known where they go.
final class StagedWheel: Sendable {
    /// A member of the wheel as a file.
    struct Member: Sendable {
        /// Its name in the folder.
        let name: ByteString
        let sha256: SHA256Digest
    }

    let folder: File
    /// By where the data of a member begins.
    private let members: [Int64: Member]

    /// How many bytes the files have.
    let bytes: Int64

    private init(folder: File, members: [Int64: Member], bytes: Int64) {
        self.folder = folder
        self.members = members
        self.bytes = bytes
    }

    /// A member's file; nil: it has to be read from the archive.
    func member(_ entry: ZipEntry) -> Member? { members[entry.data.offset] }

    /// Unpacks all members but those that installing reads or changes: what is below `.dist-info` and `.data`.
    ///
    /// - Parameter folder: an empty folder.
    /// - Throws: `Failure` if that would also be the result of installing it.
    static func make(
        in folder: ByteString, _ content: FileSlice, umask: UInt32, scratch: DecoderScratch
    ) throws -> StagedWheel {
        let entries = try ZipReader(content).entries
        let writer = try PrefixWriter(folder, umask: umask)
        let session = writer.session()
        var members: [Int64: Member] = [:]
        var bytes: Int64 = 0
        for (number, entry) in entries.enumerated() where !entry.isDirectory && isUnchanged(entry.name) {
            try Interruption.check()
            let name = ByteString("\(number)")
            var hasher = SHA256Hasher()
            let file = try session.create(try PrefixPath(name), mode: session.masked(0o666))
            try entry.forEachBlock(scratch: scratch) { block in
                hasher.update(block)
                bytes += Int64(block.count)
                try file.write(block)
            }
            try file.finish()
            members[entry.data.offset] = Member(name: name, sha256: hasher.finish())
        }
        return StagedWheel(folder: writer.root, members: members, bytes: bytes)
    }

    private static func isUnchanged(_ path: ByteString) -> Bool {
        let first = ByteString(path.bytes.prefix { $0 != UInt8(ascii: "/") })
        return !first.hasSuffix(".dist-info") && !first.hasSuffix(".data")
    }
}
