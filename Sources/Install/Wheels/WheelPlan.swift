import Archive
import CondaModel
import Support

/// The plan for one wheel: every path and its content, decided before the first byte is written
/// (docs/spec/install.md#wheels).
public struct WheelPlan: Sendable {
    /// Where the bytes of a file come from.
    enum Content: Sendable {
        /// A member of the archive as it is.
        case member(ZipEntry)
        /// A member whose first line is replaced if it is `#!python` (docs/spec/install.md#data).
        case script(ZipEntry)
        /// Bytes made by the installer.
        case bytes([UInt8])
        /// The RECORD of all other files.
        case record
    }

    /// One file to write.
    struct File: Sendable {
        let target: RelativePath
        var content: Content
        let isExecutable: Bool
        /// The digest RECORD gives for a member.
        var expected: SHA256Digest?
        /// The row of RECORD that gets the digest and size of a script that was changed.
        var row: Int?
        /// The member of the archive that it is made of.
        var entry: ZipEntry? {
            switch content {
            case .member(let entry), .script(let entry): entry
            case .bytes, .record: nil
            }
        }
        /// Whether another wheel, or a later step of this one, puts a file at the same path. It is then read and
        /// checked, but not written.
        var isReplaced = false
    }

    /// The file name of the wheel.
    public let fileName: String
    /// The parts of the file name.
    public let name: WheelName
    /// In the order in which they count: of two with the same target the later one wins.
    var files: [File]
    /// Directories that are made even if they stay empty.
    let directories: [RelativePath]
    /// The final rows, except for those of scripts that will be changed.
    let record: WheelRecord
    let target: WheelTarget
    /// The hash of the archive; nil if it was not hashed.
    let sha256: SHA256Digest?
    /// How many bytes the archive has.
    let packedSize: Int64
    /// Where everybody may get it; nil if that is not known.
    let url: String?
    /// Its files, if they were unpacked before the plan was made.
    var staged: StagedWheel?

    /// The paths this wheel writes.
    public var targets: [RelativePath] { files.lazy.filter { !$0.isReplaced }.map(\.target) }

    /// Directories that have neither files nor other directories in them.
    var emptyFolders: [PrefixPath] {
        if directories.isEmpty { return [] }
        var filled: Set<RelativePath> = []
        for path in files.map(\.target) + directories {
            var parent = path.parent
            while let folder = parent, filled.insert(folder).inserted { parent = folder.parent }
        }
        return Set(directories).subtracting(filled).map { PrefixPath($0) }.sorted()
    }

    /// The same plan with only some of the files to write. RECORD is always written.
    func limited(to paths: Set<PrefixPath>) -> WheelPlan {
        var plan = self
        for index in plan.files.indices.dropLast() where !paths.contains(PrefixPath(files[index].target)) {
            plan.files[index].isReplaced = true
        }
        return plan
    }

    /// About how many bytes the files have that it writes. An archive may claim any size, so the sum ends at 2^48.
    public var size: Int64 {
        files.reduce(0) { sum, file in
            if file.isReplaced { return sum }
            let size =
                switch file.content {
                case .member(let entry), .script(let entry): entry.size
                case .bytes(let bytes): Int64(bytes.count)
                case .record: Int64(record.rows.count) * 100
                }
            return min(sum + min(max(size, 0), 1 << 48), 1 << 48)
        }
    }

    /// Reads the wheel's directory and metadata and checks all that can be checked without unpacking it.
    ///
    /// - Parameters:
    ///   - fileName: the name of the wheel in the pack.
    ///   - slice: its bytes.
    ///   - sha256: the hash of its bytes, if they were hashed. Without it the wheel cannot be told from another one of
    ///     the same name.
    ///   - origin: where it comes from.
    /// - Throws: `Failure` naming the wheel and what is wrong with it.
    public init(
        fileName: String, slice: FileSlice, sha256: SHA256Digest? = nil, target: WheelTarget,
        origin: WheelOrigin = WheelOrigin(), scratch: DecoderScratch
    ) throws {
        self = try describing(
            "could not install the wheel '\(fileName)'",
            remedy: WheelPlan.faultRemedy
        ) {
            let name = try WheelName(fileName)
            try target.check(name)
            let entries = try describing("it cannot be read", remedy: CondaArchive.damageRemedy) {
                try ZipReader(slice).entries
            }
            var draft = WheelDraft(name: name, target: target, members: try WheelMembers(entries), scratch: scratch)
            try draft.make(direct: origin.direct)
            return WheelPlan(
                fileName: fileName, draft: draft, sha256: sha256, packedSize: slice.length, url: origin.url)
        }
    }

    /// What to do about a wheel that is faulty in itself.
    static let faultRemedy: Message =
        "Take another version of the package, or give a mended wheel with --inject when packing."

    /// The plan without references to the archive: it can be compared with other plans, but not carried out.
    public var outline: WheelPlan {
        var outline = self
        for index in outline.files.indices { outline.files[index].content = .bytes([]) }
        return outline
    }

    private init(
        fileName: String, draft: WheelDraft, sha256: SHA256Digest?, packedSize: Int64, url: String?
    ) {
        self.fileName = fileName
        self.packedSize = packedSize
        self.sha256 = sha256
        self.url = url
        name = draft.name
        files = draft.files
        directories = draft.directories
        record = draft.record
        target = draft.target
        var later: Set<RelativePath> = []
        for index in files.indices.reversed() where !later.insert(files[index].target).inserted {
            files[index].isReplaced = true
        }
    }

    /// Decides which of several wheels provides a path: the one with the later file name
    /// (docs/spec/install.md#placing).
    ///
    /// - Throws: `Failure` if a file of one wheel is a directory of another.
    static func settle(_ plans: inout [WheelPlan]) throws {
        plans.sort { ByteString($0.fileName) < ByteString($1.fileName) }
        var owners: [RelativePath: Int] = [:]
        for index in plans.indices.reversed() {
            for file in plans[index].files.indices where !plans[index].files[file].isReplaced {
                let path = plans[index].files[file].target
                if owners[path] == nil { owners[path] = index } else { plans[index].files[file].isReplaced = true }
            }
        }
        func refuse(_ path: RelativePath, _ directoryOwner: Int) throws {
            guard let owner = owners[path] else { return }
            throw Failure(
                "'\(path)' is a file in the wheel '\(plans[owner].fileName)' and a directory in "
                    + "'\(plans[directoryOwner].fileName)'",
                remedy: "Remove one of the two from the workspace, lock and pack again.")
        }
        var known: Set<RelativePath> = []
        var budget = FolderBudget()
        for index in plans.indices {
            for directory in plans[index].directories { try refuse(directory, index) }
            for file in plans[index].files {
                try Interruption.check()
                var parent = file.target.parent
                while let path = parent, known.insert(path).inserted {
                    try budget.spend(path)
                    try refuse(path, index)
                    parent = path.parent
                }
            }
        }
    }
}
