import Archive
import Fetch
import Support

/// Makes pixi-pack.json with the list of all members, which is complete only when the last byte has come.
///
/// The file stands in front of the wheels in the tar; so that these can go straight to their place, its size is
/// announced beforehand and filled up with blanks.
final class ContentsRecord: Sendable {
    /// All entries of the pack.
    let entries: [PackEntry]

    private let plan: PackPlan
    private let version: String
    /// Without the members of `plan.items`; nil if the pack lists nothing.
    private let contents: PackContents?
    private let announced: Int
    private let found: Locked<[Int: Found]>

    private struct Found {
        var size: Int64?
        var sha256: SHA256Digest?
    }

    private static let fileName: ByteString = "pixi-pack.json"

    init(
        _ plan: PackPlan, selection: PackSelection, lock: SHA256Digest?, options: PackOptions
    ) throws {
        self.plan = plan
        version = options.version
        found = Locked([:])
        let others = try plan.entries()
        let path = try RelativePath(ContentsRecord.fileName)
        guard options.recordsContents else {
            contents = nil
            announced = 0
            let file = PackMetadata.packFile(version: options.version, platform: plan.platform)
            entries = others + [PackEntry(path, .bytes(file))]
            return
        }
        var contents = PackContents(environment: options.environment, createdBy: "pixi-pack \(options.version)")
        contents.lockSHA256 = lock
        contents.leftOut = selection.leftOut
        contents.injected = selection.injected
        contents.built = selection.built
        for entry in others {
            guard case .bytes(let bytes) = entry.contents else { continue }
            contents.members.append(
                .init(path: entry.path, sha256: SHA256Hasher.hash(bytes), size: Int64(bytes.count)))
        }
        self.contents = contents
        // A wheel's size is not in the lock file: as many digits as any has.
        let guesses = plan.items.map { item in
            PackContents.Member(path: item.path, sha256: SHA256Hasher.hash([]), size: item.size ?? 9_999_999_999)
        }
        announced = ContentsRecord.render(contents, guesses, version, plan).count
        entries = others + [PackEntry(path, .awaited(size: Int64(announced)))]
    }

    /// The sink of an item: one whose hash nobody knows is hashed on the way.
    func sink(_ id: Int, _ slot: any PackSlot) -> any FetchSink {
        guard contents != nil, plan.items.indices.contains(id), plan.items[id].source.sha256 == nil else {
            return SlotSink(slot: slot)
        }
        return HashingSink(slot: slot) { [found] digest in found.withLock { $0[id, default: Found()].sha256 = digest } }
    }

    /// The real size of an item.
    func note(_ id: Int, size: Int64) {
        found.withLock { $0[id, default: Found()].size = size }
    }

    /// Writes pixi-pack.json after all else.
    func finish(_ writer: any PackWriter) throws {
        guard let contents else { return }
        let found = found.withLock { $0 }
        let members = try plan.items.enumerated().map { id, item in
            guard let size = found[id]?.size, let sha256 = item.source.sha256 ?? found[id]?.sha256 else {
                throw Failure("'\(item.path)' was not written")
            }
            return PackContents.Member(path: item.path, sha256: sha256, size: size)
        }
        var bytes = ContentsRecord.render(contents, members, version, plan)
        if bytes.count < announced {
            bytes += [UInt8](repeating: UInt8(ascii: " "), count: announced - bytes.count)
        }
        let slot = try writer.slot(for: RelativePath(ContentsRecord.fileName))
        try bytes.withUnsafeBytes { try slot.write($0, at: 0) }
        try slot.finish(size: Int64(bytes.count))
    }

    private static func render(
        _ contents: PackContents, _ members: [PackContents.Member], _ version: String, _ plan: PackPlan
    ) -> [UInt8] {
        var contents = contents
        contents.members = (contents.members + members).sorted { $0.path < $1.path }
        return PackMetadata.packFile(version: version, platform: plan.platform, contents: contents)
    }
}

/// A sink that also computes the SHA-256 of what passes.
private final class HashingSink: FetchSink, Sendable {
    private let slot: any PackSlot
    private let hasher = Locked(SHA256Hasher())
    private let report: @Sendable (SHA256Digest) -> Void

    init(slot: any PackSlot, report: @escaping @Sendable (SHA256Digest) -> Void) {
        self.slot = slot
        self.report = report
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
        hasher.withLock { $0.update(bytes) }
        try slot.write(bytes, at: offset)
    }

    func restart() throws {
        hasher.withLock { $0 = SHA256Hasher() }
        try slot.restart()
    }

    func finish(size: Int64) throws {
        report(hasher.withLock { $0.finish() })
        try slot.finish(size: size)
    }
}
