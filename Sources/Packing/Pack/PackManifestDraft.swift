import Archive
import CondaModel
import Install
import Support

/// Makes pixi-pack.json with the list of all members, which is complete only when the last byte has come.
///
/// The file stands in front of the wheels in the tar; so that these can go straight to their place, its size is
/// announced beforehand and filled up with blanks.
final class PackManifestDraft: Sendable {
    /// All entries of the pack.
    let entries: [PackEntry]

    private let plan: PackPlan
    private let version: String
    /// Without the members of `plan.items`; nil if the pack lists nothing.
    private let contents: PackContents?
    private let announced: Int
    private let found: Locked<[Int: Found]>

    /// What the plan check found out.
    private let unlikeRecord = Locked<[PackContents.UnlikeRecord]>([])

    private struct Found {
        var size: Int64?
        var sha256: SHA256Digest?
    }

    init(_ plan: PackPlan, _ set: PackSet, _ request: PackRequest) throws {
        self.plan = plan
        version = request.version
        found = Locked([:])
        let others = try plan.entries()
        let path = try RelativePath(PackManifest.fileName)
        guard request.recordsContents else {
            contents = nil
            announced = 0
            let file = PackManifest(platform: plan.platform, producer: request.version).render()
            entries = others + [PackEntry(path, .bytes(file))]
            return
        }
        var contents = PackContents(environment: set.environment.name, createdBy: "pixi-pack \(request.version)")
        contents.lockSHA256 = set.environment.lockSHA256
        // Whatever else is in the environment's place has nothing to do with a manifest.
        if set.environment.lockSHA256 != nil, request.explicit == nil {
            let manifest = (try? WorkspaceManifest.find(request.manifest)) ?? nil
            contents.workspace = manifest?.workspace
            contents.requested = manifest.map {
                RequestedSpecs.of(set.environment.name, plan.platform, in: $0.root, among: plan.conda)
            }
        }
        contents.carried = set.carried?.description
        contents.virtualPackages = set.environment.platform.virtualPackages
        contents.leftOut = set.leftOut
        contents.injected = set.injected
        contents.built = set.built
        contents.required = plan.required
        for entry in others {
            guard case .bytes(let bytes) = entry.contents else { continue }
            contents.members.append(
                .init(path: entry.path, sha256: SHA256Hasher.hash(bytes), size: Int64(bytes.count)))
        }
        self.contents = contents
        // A wheel's size is not in the lock file: as many digits as any has.
        let guesses = plan.items.map { item in
            PackContents.Member(item, sha256: SHA256Hasher.hash([]), size: item.size ?? 9_999_999_999)
        }
        announced = PackManifestDraft.render(contents, guesses, version, plan).count
        entries = others + [PackEntry(path, .awaited(size: Int64(announced)))]
    }

    /// Whether the hash of an item has to be found out on the way.
    func needsHash(of id: Int) -> Bool {
        contents != nil && plan.items.indices.contains(id) && plan.items[id].source.sha256 == nil
    }

    /// The hash of an item.
    func note(_ id: Int, sha256: SHA256Digest) {
        found.withLock { $0[id, default: Found()].sha256 = sha256 }
    }

    /// The real size of an item.
    func note(_ id: Int, size: Int64) {
        found.withLock { $0[id, default: Found()].size = size }
    }

    /// Wheels with files that are not as their RECORD says.
    func note(_ wheels: [PackContents.UnlikeRecord]) { unlikeRecord.withLock { $0 = wheels } }

    /// Writes pixi-pack.json after all else, in a bundle into the environment's folder.
    func finish(_ writer: any PackWriter, in folder: RelativePath? = nil) throws {
        guard var contents else { return }
        contents.unlikeRecord = unlikeRecord.withLock { $0 }
        let found = found.withLock { $0 }
        let members = try plan.items.enumerated().map { id, item in
            guard let size = found[id]?.size, let sha256 = item.source.sha256 ?? found[id]?.sha256 else {
                throw Failure("'\(item.path)' was not written")
            }
            return PackContents.Member(item, sha256: sha256, size: size)
        }
        var bytes = PackManifestDraft.render(contents, members, version, plan)
        if bytes.count < announced {
            bytes += [UInt8](repeating: UInt8(ascii: " "), count: announced - bytes.count)
        }
        let name = try RelativePath(PackManifest.fileName)
        let slot = try writer.slot(for: folder?.appending(name) ?? name)
        try bytes.withUnsafeBytes { try slot.write($0, at: 0) }
        try slot.finish(size: Int64(bytes.count))
    }

    private static func render(
        _ contents: PackContents, _ members: [PackContents.Member], _ version: String, _ plan: PackPlan
    ) -> [UInt8] {
        var contents = contents
        contents.members = (contents.members + members).sorted { $0.path < $1.path }
        return PackManifest(platform: plan.platform, producer: version, contents: contents).render()
    }
}

extension PackContents.Member {
    /// A package, with where it is fetched from.
    fileprivate init(_ item: PackPlan.Item, sha256: SHA256Digest, size: Int64) {
        self.init(path: item.path, sha256: sha256, size: size)
        (url, channel) = (item.published?.url, item.published?.channel)
        direct = item.direct
    }
}

extension PackPlan.Item {
    /// Where the package comes from, without secrets, and its channel if it is a conda package: what the lock file names. nil
    /// for what was made or injected, and for a path that counts from the folder of the lock file: it says nothing elsewhere,
    /// and two checkouts make the same pack.
    var published: (url: String, channel: String?)? {
        let isWheel = path.parent?.bytes == "pypi"
        switch location {
        case .url(let named):
            let address = named.withoutDirectPrefix
            guard ["http", "https", "s3", "gcs", "gs", "oci", "file"].contains(address.scheme),
                let url = try? WebURL(address.withoutCredentials).redacted
            else { return nil }
            if isWheel { return address.scheme == "file" ? nil : (url, nil) }
            // Platform and file name are the last two parts.
            let parts = url.split(separator: "/", omittingEmptySubsequences: false).dropLast(2)
            return (url, parts.count > 3 ? parts.joined(separator: "/") : nil)
        case .path(let place):
            guard !isWheel, case .fetched = source, place.hasPrefix("/") else { return nil }
            // A channel has a folder for each platform; another folder is one by itself, as conda has it.
            let folder = place.parentPath
            let isPlatform = Platform(rawValue: folder.lastPathComponent.lossyString) != nil
            return (FileURL.text(place), FileURL.text(isPlatform ? folder.parentPath : folder))
        case nil: return nil
        }
    }

    /// Where a wheel lies that the lock file names by its place, not by an index: pixi writes `direct+https://…`, or a path.
    var direct: String? {
        if path.parent?.bytes != "pypi" { return nil }
        switch location {
        case .url(let url): return url.text.hasPrefix("direct+") ? published?.url : nil
        case .path(let path): return path.string
        case nil: return nil
        }
    }
}
