import Archive
import CondaModel
import Fetch
import Inventory
import Lockfile
import Support

/// What a pack will contain, decided before anything is fetched or written (docs/spec/lock.md#pack).
struct PackPlan: Sendable {
    /// A package or wheel whose bytes are to be brought.
    struct Item: Sendable {
        let path: RelativePath
        let fileName: String
        let source: Source
        /// Where the package is by the lock file or the record that names it; nil for what was given or built.
        var location: PackageLocation?
        /// From the lock file, so perhaps wrong; of files at hand the true one.
        let size: Int64?
    }

    enum Source: Sendable {
        case fetched(WantedFile)
        /// A file that is open already.
        case opened(FileSlice, SHA256Digest?)

        /// The hash the content has, or is verified to have.
        var sha256: SHA256Digest? {
            switch self {
            case .fetched(let file): file.digests.sha256
            case .opened(_, let sha256): sha256
            }
        }
    }

    /// Conda packages in the order of environment.yml, then wheels.
    private(set) var items: [Item] = []
    private(set) var conda: [PackageRecord] = []
    private(set) var condaFileNames: [String] = []
    private(set) var wheels: [PackMetadata.WheelLine] = []
    let platform: Platform
    /// What a base has, so that the pack need not bring it; nil for whole packs.
    private(set) var required: [PackContents.Requirement]?

    /// Where each path of the pack comes from, to say whose names collide.
    private var origins: [RelativePath: String] = [:]
    private let opened: [ByteString: OriginPacks.Member]
    private let followsOriginal: Bool
    private let carried: CarriedWorkspace?

    /// - Throws: `Failure` for a name that cannot be a file of a pack, and for two packages with one file name.
    ///
    /// - Parameters:
    ///   - base: what whoever unpacks the pack has already.
    ///   - followsOriginal: the pack is the original's byte for byte: names of conda packages stay percent-encoded as in
    ///     their URLs, and the channel has but the subdirs of its packages.
    init(_ set: PackSet, base: Inventory? = nil, followsOriginal: Bool = false) throws {
        platform = set.environment.platform.subdir
        self.followsOriginal = followsOriginal
        opened = set.environment.opened
        carried = set.carried
        for case .conda(let package) in set.locked { try add(package) }
        for package in set.added.packages {
            try add(
                package.record, fileName: package.fileName,
                source: .opened(package.file, package.record.sha256), size: package.file.length,
                origin: package.path.lossyString)
        }
        for case .pypi(let package) in set.locked { try add(package) }
        for wheel in set.added.wheels {
            try addWheel(
                PackMetadata.WheelLine(name: wheel.name.name, version: "\(wheel.metadata.version)"),
                fileName: ByteString(wheel.fileName), source: .opened(wheel.file, wheel.sha256),
                size: wheel.file.length, origin: wheel.path.lossyString)
        }
        guard let base else { return }
        let (own, required) = try DeltaBase.split(items, conda: conda, base: base, platform: platform)
        items = own
        self.required = required
    }

    /// The files of the pack apart from pixi-pack.json, with their contents or, for packages, what is known of them.
    func entries() throws -> [PackEntry] {
        var entries = items.map { PackEntry($0.path, .awaited(size: $0.size)) }
        // A pack without conda packages still has the folder that makes it one.
        entries.append(PackEntry(try RelativePath("channel"), .directory))
        var indexes: [String: [RepoData.Entry]] = [:]
        // Programs that read channels ask for these two, and take a channel without them for none.
        if !followsOriginal { for subdir in [platform, .noarch] { indexes[subdir.rawValue] = [] } }
        for (fileName, record) in zip(condaFileNames, conda) {
            indexes[record.subdir, default: []].append(RepoData.Entry(fileName: fileName, record: record))
        }
        for (subdir, packages) in indexes {
            entries.append(
                PackEntry(
                    try RelativePath(ByteString("channel/\(subdir)/repodata.json")),
                    .bytes(RepoData.render(subdir: subdir, entries: packages))))
        }
        let environment = PackMetadata.environmentFile(
            conda: conda.map(PackMetadata.CondaLine.init), wheels: wheels, isPipThere: followsOriginal || hasPip)
        entries.append(PackEntry(try RelativePath("environment.yml"), .bytes(environment)))
        entries += try carried?.entries() ?? []
        return entries
    }

    /// conda and micromamba install wheels by the environment's own pip.
    var lacksPip: Bool { !wheels.isEmpty && !hasPip }

    private var hasPip: Bool { conda.contains { $0.name == .pip } }

    // MARK: Conda packages

    private mutating func add(_ package: LockedConda) throws {
        var (location, fileName) = (package.location, package.fileName)
        if case .url(let url) = location {
            if followsOriginal, let segment = url.lastSegment, location.fileName == fileName { fileName = segment }
            location = .url(url.withoutDirectPrefix)
        }
        let size = package.record.size.flatMap { Int64(exactly: $0) }
        try add(
            package.record, fileName: fileName,
            source: opened(package.location)
                ?? .fetched(WantedFile(fileName, at: location, digests: package.record.digests, size: size)),
            size: size, origin: location.redacted, location: location)
    }

    private mutating func add(
        _ record: PackageRecord, fileName: String, source: Source, size: Int64?, origin: String,
        location: PackageLocation? = nil
    ) throws {
        let path = try PackPlan.path(of: record, fileName: fileName)
        try claim(path, origin: origin)
        items.append(Item(path: path, fileName: fileName, source: source, location: location, size: size))
        conda.append(record)
        condaFileNames.append(fileName)
    }

    /// Where a package lies in a pack.
    static func path(of record: PackageRecord, fileName: String) throws -> RelativePath {
        let subject = "package '\(record.name)'"
        let subdir = try component(ByteString(record.subdir), of: subject, "subdir")
        let name = try component(ByteString(fileName), of: subject, "file name")
        return try RelativePath("channel").appending(subdir).appending(name)
    }

    // MARK: Wheels

    private mutating func add(_ package: LockedPyPI) throws {
        let (fileName, location): (ByteString, PackageLocation)
        switch package.location {
        case .url(let url):
            fileName = ByteString(PercentEncoding.decode((url.lastSegment ?? "").utf8))
            location = .url(url.withoutDirectPrefix)
        case .path:
            fileName = package.location.lastSegment ?? ""
            location = package.location
        }
        try addWheel(
            PackMetadata.WheelLine(name: package.name, version: package.displayVersion), fileName: fileName,
            source: opened(package.location)
                ?? .fetched(
                    WantedFile(fileName.lossyString, kind: .wheel, at: location, digests: package.digests)),
            size: opened[package.location.text]?.content.length, origin: location.redacted,
            location: package.location)
    }

    private func opened(_ location: PackageLocation) -> Source? {
        opened[location.text].map { .opened($0.content, $0.sha256) }
    }

    private mutating func addWheel(
        _ line: PackMetadata.WheelLine, fileName: ByteString, source: Source, size: Int64?, origin: String,
        location: PackageLocation? = nil
    ) throws {
        let component = try PackPlan.component(fileName, of: "Python package '\(line.name)'", "file name")
        let path = try RelativePath("pypi").appending(component)
        try claim(path, origin: origin)
        items.append(
            Item(path: path, fileName: fileName.lossyString, source: source, location: location, size: size))
        wheels.append(line)
    }

    // MARK: Names

    /// - Throws: `Failure` if the text could lead out of its folder (docs/spec/lock.md#files).
    private static func component(_ text: ByteString, of subject: String, _ field: String) throws -> RelativePath {
        let isUnsafe = text.bytes.contains {
            $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") || $0 < 0x20 || $0 == 0x7F
        }
        guard !isUnsafe, text != ".", text != "..", let path = try? RelativePath(text) else {
            throw Failure("\(subject) has the unsafe \(field) '\(text)'", remedy: "The lock file is wrong: lock again.")
        }
        return path
    }

    private mutating func claim(_ path: RelativePath, origin: String) throws {
        guard let other = origins.updateValue(origin, forKey: path) else { return }
        throw Failure(
            "'\(other)' and '\(origin)' would both be '\(path)' in the pack",
            remedy: "A pack is one channel: take the package from one of the two only.")
    }
}
