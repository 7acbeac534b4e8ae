import Archive
import Install
import SelfExtract
import Support

/// Checks a pack without installing it: every package against the index, every other file against the list of files,
/// wheels without a hash against their own RECORD, and of a self-extracting pack length and program, too.
public struct PackVerifier: Sendable {
    private let pack: OpenPack
    private let reporter: any Reporter
    private let jobs: Int
    private let isDeep: Bool
    private let maximumSize: Int64?

    /// What was checked.
    public struct Summary: Sendable, Equatable {
        /// All files but those that tell what should be in them (`pixi-pack.json`).
        public let files: Int
        public let bytes: Int64
        /// Files that nothing in the pack gives a digest for, as the index files of the original's packs.
        public let unknown: [ByteString]
        /// What is not as it should be, a line each that begins with a file's name.
        public let problems: [Message]
        /// What was not looked into as it unpacks to more than is allowed, a line each that begins with a file's name.
        public let tooLarge: [Message]

        /// How many files are known to be as they were packed.
        public var verified: Int { files - unknown.count }
    }

    /// - Parameters:
    ///   - isDeep: unpacks every package in memory and compares its files with its own list, too.
    ///   - maximumSize: the most bytes all packages may unpack to; nil: what is usual for each.
    public init(
        _ pack: OpenPack, reporter: any Reporter, jobs: Int = WorkerPool.usableCPUs, isDeep: Bool = false,
        maximumSize: Int64? = nil
    ) {
        self.pack = pack
        self.reporter = reporter
        self.jobs = max(1, jobs)
        self.isDeep = isDeep
        self.maximumSize = maximumSize
    }

    /// - Throws: `Failure` naming everything that is not as it should be, or could not be looked into.
    public func verify() throws -> Summary {
        let summary = try check()
        if let problem = failure(summary) { throw problem }
        return summary
    }

    /// What to say of a pack that is damaged, or not verified as it is too large; nil if it is neither.
    public func failure(_ summary: Summary) -> Failure? {
        if !summary.problems.isEmpty {
            return Failure(
                "'\(pack.reader.path)': this file is damaged: " + summary.problems.joined(separator: "; "),
                remedy: "Copy or download it again.", kind: .integrity)
        }
        if summary.tooLarge.isEmpty { return nil }
        return Failure(
            "'\(pack.reader.path)' could not be verified as a whole: " + summary.tooLarge.joined(separator: "; "),
            remedy: "If you trust the pack, say how much it may unpack to: --max-unpacked-size.")
    }

    /// - Throws: `Failure` if the pack's index files cannot be understood, or a file cannot be read.
    public func check() throws -> Summary {
        let digests = try PackDigests(of: pack.reader, pack.form)
        // The same reader decides what a pack is when it is unpacked.
        if case .bundle = pack.form {} else { _ = try PackIndex.entries(of: pack.reader) }
        let members = pack.reader.members
        try PackMember.bring(members)
        reporter.progress(
            .phaseBegan(name: "Verifying files", items: members.count, bytes: members.reduce(0) { $0 + $1.size }))
        let found = try hashes(members)
        var problems: [Int: [Message]] = [:]
        var unhashed: [Int] = []
        var looks: [Int] = []
        for (place, member) in members.enumerated() {
            let declared = digests.declared[member.name]
            if let expected = declared?.sha256 {
                if expected == found[place] {
                    if isDeep { looks.append(place) }
                } else if let found = found[place] {
                    problems[place] = ["expected sha256 \(expected.hex), found \(found.hex)"]
                }
            } else if declared?.md5 != nil || isDeep || DeepCheck.isWheel(member) {
                looks.append(place)
            }
            let isKnown = declared != nil || DeepCheck.isWheel(member) || digests.manifests.contains(member.name)
            if !isKnown { unhashed.append(place) }
        }
        let insides = try lookInside(looks, problems: &problems, digests)
        reporter.progress(.phaseEnded)
        var lines = problems.sorted { $0.key < $1.key }.flatMap { place, texts in
            texts.map { text -> Message in "\(members[place].name): \(text)" }
        }
        let present = Set(members.map(\.name))
        lines += digests.expected.subtracting(present).sorted().map { path -> Message in "\(path): it is missing" }
        if case .plain(let manifest) = pack.form, manifest.contents == nil {
            lines += try PipPart(of: pack.reader)?.problems(of: pack.reader) ?? []
        }
        if let layout = pack.layout, lines.isEmpty { lines += try differences(layout, members, found) }
        return Summary(
            files: members.count - members.filter { digests.manifests.contains($0.name) }.count,
            bytes: members.reduce(0) { $0 + $1.size },
            // The header of a self-extracting pack has a digest of all contents.
            unknown: pack.layout == nil ? unhashed.map { members[$0].name.bytes } : [], problems: lines,
            tooLarge: insides)
    }

    /// The SHA-256 of each member, several at a time in each thread where that is faster.
    private func hashes(_ members: [PackMember]) throws -> [SHA256Digest?] {
        // Largest first, so that no thread is left with it at the end.
        let order = members.indices.sorted { members[$0].size > members[$1].size }
        let next = Locked(0)
        let results = Locked([SHA256Digest?](repeating: nil, count: members.count))
        let failure = Locked<(any Error)?>(nil)
        try WorkerPool(width: jobs).forEach(count: min(jobs, members.count)) { [reporter] _, _ in
            try SHA256Lanes.forEach(
                next: {
                    if failure.withLock({ $0 != nil }) { return nil }
                    let place = next.withLock { next -> Int? in
                        next += 1
                        return next <= order.count ? order[next - 1] : nil
                    }
                    guard let place else { return nil }
                    reporter.progress(
                        .itemBegan(id: place, name: "\(members[place].name)", bytes: members[place].size))
                    return place
                }, open: { try members[$0].open() },
                end: { place, result in
                    switch result {
                    case .success(let digest): results.withLock { $0[place] = digest }
                    case .failure(let error): failure.withLock { $0 = $0 ?? error }
                    }
                    reporter.progress(.itemAdvanced(id: place, bytes: members[place].size))
                    reporter.progress(.itemEnded(id: place))
                })
        }
        if let error = failure.withLock({ $0 }) { throw error }
        return results.withLock { $0 }
    }

    /// Reads those once more whose contents have to be understood, or that have an MD5 only.
    ///
    /// - Returns: what unpacks to more than is allowed.
    private func lookInside(
        _ places: [Int], problems: inout [Int: [Message]], _ digests: PackDigests
    ) throws -> [Message] {
        if places.isEmpty { return [] }
        let members = pack.reader.members
        let inside = try DeepCheck(pack.reader, isDeep: isDeep)
        let budget = DecodingBudget(total: maximumSize)
        let scratches = (0..<jobs).map { _ in DecoderScratch(budget: budget) }
        let found = Locked<[Int: [Message]]>([:])
        let tooLarge = Locked<[Int: Message]>([:])
        let order = places.sorted { members[$0].size > members[$1].size }
        let hasContentsDigest = pack.layout != nil
        try WorkerPool(width: jobs).forEach(count: order.count) { index, worker in
            let (place, member) = (order[index], members[order[index]])
            let declared = digests.declared[member.name]
            if declared?.sha256 == nil, let expected = declared?.md5 {
                let digest = try member.open().md5()
                if digest != expected {
                    found.withLock { $0[place] = ["expected md5 \(expected.hex), found \(digest.hex)"] }
                    return
                }
            }
            do {
                let lines = try inside.problems(
                    of: member, isKnown: declared != nil || hasContentsDigest, scratch: scratches[worker])
                if !lines.isEmpty { found.withLock { $0[place] = lines } }
            } catch let error as Failure where error.isOverLimit {
                tooLarge.withLock { $0[place] = "\(member.name): \(error)" }
            } catch {
                // A signal that stops the check does not mean that anything is damaged.
                try Interruption.check()
                found.withLock { $0[place] = ["\(error)"] }
            }
        }
        problems.merge(found.withLock { $0 }) { first, _ in first }
        return tooLarge.withLock { $0.sorted { $0.key < $1.key }.map(\.value) }
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
        if let image = pack.image {
            let digest = try image.slice.sha256()
            if digest != image.digest {
                problems.append("expected an image with sha256 \(image.digest.hex), found \(digest.hex)")
            }
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
