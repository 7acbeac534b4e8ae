import Archive
import Support

/// A wheel that was unpacked before the plan was made: into a folder of its own, with the paths of the wheel.
final class StagedWheel: StagedFiles {
    /// A member of the wheel as a file.
    struct Member: Sendable {
        let path: PrefixPath
        let sha256: SHA256Digest
    }

    let folder: File
    /// The hash of the archive.
    let sha256: SHA256Digest
    /// By the offset of the member's data in the pack.
    private let members: [Int64: Member]

    /// How many bytes the files have.
    let bytes: Int64
    /// The packed data of the files, which is not needed any more.
    let content: [FileSlice]

    private init(folder: File, sha256: SHA256Digest, members: [Int64: Member], bytes: Int64, content: [FileSlice]) {
        self.folder = folder
        self.sha256 = sha256
        self.members = members
        self.bytes = bytes
        self.content = content
    }

    /// A member's file; nil if the member has to be read from the archive.
    func member(_ entry: ZipEntry) -> Member? { members[entry.data.offset] }

    /// The files of a wheel that were unpacked before, and the paths of all else it puts into the environment.
    static func files(of plan: WheelPlan) -> (files: [UnplacedFile], others: [PrefixPath]) {
        var (files, others): ([UnplacedFile], [PrefixPath]) = ([], [])
        for file in plan.files {
            let target = PrefixPath(file.target)
            if case .member(let entry) = file.content, let member = plan.staged?.member(entry) {
                files.append(UnplacedFile(source: member.path, target: file.isReplaced ? nil : target))
            } else if !file.isReplaced {
                others.append(target)
            }
        }
        return (files, others)
    }

    /// Unpacks all members but those that installing reads or changes: what is below `.dist-info` and `.data`.
    ///
    /// - Parameter writer: writes into an empty folder, which becomes that of the wheel.
    /// - Throws: `Failure` if that would also be the result of installing it.
    static func make(
        _ writer: PrefixWriter, _ content: FileSlice, scratch: DecoderScratch
    ) throws -> StagedWheel {
        let sha256 = try content.sha256()
        let files = try WheelMembers(try ZipReader(content).entries).files
        let session = writer.session()
        var members: [Int64: Member] = [:]
        var bytes: Int64 = 0
        var read: [FileSlice] = []
        for (path, entry) in files where isUnchanged(path) {
            try Interruption.check()
            let target = PrefixPath(path)
            var hasher = SHA256Hasher()
            let file = try session.create(target, mode: WheelInstaller.mode(entry, session))
            try entry.forEachBlock(scratch: scratch) { block in
                hasher.update(block)
                bytes += Int64(block.count)
                try file.write(block)
            }
            try file.finish()
            read.append(entry.data)
            members[entry.data.offset] = Member(path: target, sha256: hasher.finish())
        }
        return StagedWheel(folder: writer.root, sha256: sha256, members: members, bytes: bytes, content: read)
    }

    private static func isUnchanged(_ path: RelativePath) -> Bool {
        guard let first = path.components.first else { return false }
        return !first.hasSuffix(".dist-info") && !first.hasSuffix(".data")
    }
}
