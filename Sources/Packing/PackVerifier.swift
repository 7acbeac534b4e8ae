import Archive
import Install
import SelfExtract
import Support

/// Checks a pack without installing it: its length, every package against the index, every other file against the list of
/// files, wheels without a hash against their own RECORD, and for a self-extracting pack the program too.
public struct PackVerifier: Sendable {
    private let pack: OpenPack
    private let reporter: any Reporter
    private let jobs: Int
    private let isDeep: Bool

    /// What was checked.
    public struct Summary: Sendable, Equatable {
        public let files: Int
        public let bytes: Int64
        /// Files that nothing in the pack gives a digest for (index files of the original's tars).
        public let unknown: Int
        /// What is not as it should be, a line each that begins with a file's name.
        public let problems: [Message]
    }

    /// - Parameter isDeep: unpacks every package in memory and compares its files with its own list, too.
    public init(
        _ pack: OpenPack, reporter: any Reporter, jobs: Int = WorkerPool.usableCPUs, isDeep: Bool = false
    ) {
        self.pack = pack
        self.reporter = reporter
        self.jobs = jobs
        self.isDeep = isDeep
    }

    /// - Throws: `Failure` naming everything that is not as it should be.
    public func verify() throws -> Summary {
        let summary = try check()
        if summary.problems.isEmpty { return summary }
        throw Failure(
            "'\(pack.reader.path)': this file is damaged: " + summary.problems.joined(separator: "; "),
            remedy: "Copy or download it again.")
    }

    /// - Throws: `Failure` if the pack's index files cannot be understood.
    public func check() throws -> Summary {
        let digests = try PackDigests(of: pack.reader)
        let members = pack.reader.members
        let results = Locked<[SHA256Digest?]>(Array(repeating: nil, count: members.count))
        let problems = Locked<[Int: [Message]]>([:])
        let inside = try InsideCheck(pack.reader, isDeep: isDeep)
        let hasContentsDigest = pack.layout != nil
        let scratches = (0..<max(1, jobs)).map { _ in DecoderScratch() }
        // Largest first, so that no thread is left with it at the end.
        let order = members.indices.sorted { members[$0].size > members[$1].size }
        reporter.progress(
            .phaseBegan(name: "Verifying files", items: members.count, bytes: members.reduce(0) { $0 + $1.size }))
        try WorkerPool(width: jobs).forEach(count: order.count) { index, worker in
            let place = order[index]
            let member = members[place]
            reporter.progress(.itemBegan(id: place, name: "\(member.name)", bytes: member.size))
            let found = try PackVerifier.digests(of: member)
            let declared = digests.declared[member.name]
            if let problem = declared.flatMap({ PackVerifier.difference($0, found) }) {
                problems.withLock { $0[place] = ["\(member.name): \(problem)"] }
            } else if let lines = inside.problems(
                of: member, isKnown: declared != nil || hasContentsDigest, scratch: scratches[worker])
            {
                problems.withLock { $0[place] = lines.map { "\(member.name): \($0)" } }
            }
            results.withLock { $0[place] = found.sha256 }
            reporter.progress(.itemAdvanced(id: place, bytes: member.size))
            reporter.progress(.itemEnded(id: place))
        }
        reporter.progress(.phaseEnded)
        var found = problems.withLock { $0.sorted { $0.key < $1.key }.flatMap(\.value) }
        let present = Set(members.map(\.name))
        found += digests.declared.keys.filter { !present.contains($0) && !digests.required.contains($0) }.sorted().map {
            "\($0): it is missing"
        }
        if let layout = pack.layout, found.isEmpty {
            found += try differences(layout, members, results.withLock { $0 })
        }
        let known = members.filter { digests.declared[$0.name] != nil || InsideCheck.isWheel($0) }.count
        return Summary(
            files: members.count, bytes: members.reduce(0) { $0 + $1.size },
            unknown: pack.layout == nil ? members.count - known : 0, problems: found)
    }

    private static func digests(of member: PackMember) throws -> (sha256: SHA256Digest, md5: MD5Digest) {
        var (sha256, md5) = (SHA256Hasher(), MD5Hasher())
        try member.open().forEachChunk {
            sha256.update($0)
            md5.update($0)
        }
        return (sha256.finish(), md5.finish())
    }

    private static func difference(
        _ declared: PackDigests.Declared, _ found: (sha256: SHA256Digest, md5: MD5Digest)
    ) -> Message? {
        if let expected = declared.sha256 {
            return expected == found.sha256 ? nil : "expected sha256 \(expected.hex), found \(found.sha256.hex)"
        }
        if let expected = declared.md5, expected != found.md5 {
            return "expected md5 \(expected.hex), found \(found.md5.hex)"
        }
        return nil
    }

    /// What only the header of a self-extracting pack tells.
    private func differences(
        _ layout: ExecutableLayout, _ members: [PackMember], _ digests: [SHA256Digest?]
    ) throws -> [Message] {
        var problems: [Message] = []
        var contents = ContentDigest()
        for (member, digest) in zip(members, digests) {
            if let digest { contents.add(name: member.name.bytes, digest: digest) }
        }
        let found = contents.finish()
        if found != layout.contents {
            problems.append("expected contents with sha256 \(layout.contents.hex), found \(found.hex)")
        }
        if let file = pack.tar?.file {
            let program = FileSlice(file: file, offset: layout.runtimeOffset, length: layout.runtimeLength)
            let digest = try program.sha256()
            if digest != layout.runtimeDigest {
                problems.append("expected a program with sha256 \(layout.runtimeDigest.hex), found \(digest.hex)")
            }
        }
        return problems
    }
}
