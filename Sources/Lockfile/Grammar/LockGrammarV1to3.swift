import CondaModel
import Support

/// Versions 1, 2 and 3, and `conda-lock.yml`, which they come from: one list of packages for all platforms of one
/// environment (docs/spec/lock.md#v1-to-3).
struct LockGrammarV1to3: LockGrammar {
    let environmentNames = ["default"]
    private let metadata: MapReader
    private let platforms: [LockPlatform]
    private let entries: LockEntries
    /// The platform of each entry: its place among the names.
    private let platformOfEntry: [Int32]
    private let platformNames: [String]
    private let variables: CondaLockVariables

    /// - Parameter outline: has the packages if the document does not.
    init(_ root: MapReader, _ outline: LockOutline?) throws {
        metadata = try MapReader(root.required("metadata"), "`metadata`")
        var platforms: [LockPlatform] = []
        let entries = try LockEntries(root, "package", outline)
        var (names, numbers): ([String], [Int32]) = ([], [])
        try entries.forEach { _, value in
            let entry = try MapReader(value, "package")
            let platform = try entry.requiredString("platform")
            _ = try entry.requiredString("manager")
            if let known = names.firstIndex(where: { $0.utf8.elementsEqual(platform.utf8) }) {
                numbers.append(Int32(known))
                return
            }
            numbers.append(Int32(names.count))
            names.append(platform)
            if let subdir = try? Platform(parsing: platform) {
                platforms.append(LockPlatform(name: platform, subdir: subdir, virtualPackages: []))
            }
        }
        self.platforms = platforms
        self.entries = entries
        (platformNames, platformOfEntry) = (names, numbers)
        variables = try CondaLockVariables(metadata)
    }

    func environment(named name: String) throws -> LockEnvironment {
        // Early conda-lock wrote the URL or name alone.
        let channels = try metadata.requiredElements("channels").map { channel in
            try channel.string ?? MapReader(channel, "channel").requiredString("url")
        }
        return LockEnvironment(name: name, channels: channels, indexes: [], platforms: platforms)
    }

    func packages(environment: String, platform: LockPlatform) throws -> [LockedPackage] {
        var order = PackageOrder()
        for (index, number) in platformOfEntry.enumerated()
        where platformNames[Int(number)].utf8.elementsEqual(platform.name.utf8) {
            let value = try entries.value(index)
            // Old versions of conda-lock listed the virtual packages of the machine.
            if value["name"]?.bytes?.hasPrefix("__") ?? false, value["manager"]?.string == "conda" { continue }
            let package = try package(value, platform: platform)
            order.add(package, id: package.location.text, entry: index)
        }
        return try order.sorted()
    }

    private func package(_ value: YAMLValue, platform: LockPlatform) throws -> LockedPackage {
        let name = value["name"]?.string ?? "without a name"
        let entry = try MapReader(value, "package '\(name)'")
        let location = try entry.describing("url") {
            try PackageLocation(
                parsing: ByteString(variables.expanded(entry.requiredString("url"))), fileURLs: .kept)
        }
        switch try entry.requiredString("manager") {
        case "conda": return .conda(try conda(entry, at: location, platform: platform))
        case "pypi", "pip":
            var package = try entry.pypi(at: location, isVersionRequired: true) {
                $0.version ?? LockedPyPI.unknownVersion
            }
            if entry.value.present("requires_dist") == nil {
                package.requiresDist = try entry.requirements("dependencies") ?? []
            }
            // conda-lock writes a commit as the hash of a git repository.
            if !location.isGit, let hashes = try self.hashes(entry) {
                package.md5 = try hashes.md5("md5")
                package.sha256 = try hashes.sha256("sha256")
            }
            return .pypi(package)
        case let manager:
            throw entry.failure("unknown `manager` '\(manager)', expected 'conda' or 'pypi'")
        }
    }

    private func hashes(_ entry: MapReader) throws -> MapReader? {
        try entry.value.present("hash").map { try MapReader($0, "the `hash` of \(entry.subject)") }
    }

    private func conda(_ entry: MapReader, at location: PackageLocation, platform: LockPlatform) throws -> LockedConda {
        let derived = DerivedFields(location)
        let name = try entry.condaName(entry.requiredString("name"))
        let version = try entry.requiredString("version")
        try entry.checkVersion(version)
        let lastSegment = location.fileName
        let archive = lastSegment.flatMap { ArchiveName($0) }
        let build = try entry.string("build") ?? archive?.build ?? ""
        let folder = folder(of: location)
        let subdir = try entry.string("subdir") ?? folder?.rawValue ?? platform.name
        var record = PackageRecord(name: name, version: version, build: build, subdir: subdir)
        record.buildNumber = try entry.uint64("build_number") ?? DerivedFields.buildNumber(of: build) ?? 0
        record.noarch = try entry.noarch("noarch") ?? derived.noarch(subdir: subdir, build: build)
        try entry.readCommonFields(into: &record)
        if record.purls?.isEmpty ?? false { record.purls = nil }
        record.depends = try entry.listOrMap("dependencies", join: LockGrammarV1to3.matchSpec) ?? []
        record.trackFeatures = try trackFeatures(entry)
        record.arch = try entry.string("arch")
        // The folder comes before the field, as old writers put the platform of the environment into the field.
        record.deriveArchAndPlatform(from: folder ?? (try? Platform(parsing: subdir)))
        let hashes = try hashes(entry)
        record.md5 = try hashes?.md5("md5")
        record.sha256 = try hashes?.sha256("sha256")
        guard record.md5 != nil || record.sha256 != nil else {
            throw entry.failure("Expected `sha256` field `md5` field or both")
        }
        let fileName = archive == nil ? nil : lastSegment
        return try entry.package(
            record, at: location, fileName: fileName ?? "\(name)-\(version)-\(build).conda")
    }

    /// A member of a map of dependencies as a match spec in canonical form. One that cannot be read is kept as it is,
    /// since packing does not need it.
    private static func matchSpec(_ name: String, _ text: String) -> String {
        let written = text.isEmpty ? name : "\(name) \(text)"
        guard let spec = try? MatchSpec(written) else { return written }
        guard let version = spec.version else { return text.isEmpty ? spec.name.text : written }
        return "\(spec.name) \(version)" + (spec.build.map { " \($0.text)" } ?? "")
    }

    private func trackFeatures(_ entry: MapReader) throws -> [String] {
        if let text = entry.value.present("track_features")?.string { return [text] }
        return try entry.list("track_features") ?? []
    }

    /// The archive's folder if it is a known subdir; for all schemes.
    private func folder(of location: PackageLocation) -> Platform? {
        guard case .url(let url) = location else { return nil }
        return url.folder.flatMap { try? Platform(parsing: $0) }
    }
}

extension PackageLocation {
    fileprivate var isGit: Bool {
        guard case .url(let url) = self else { return false }
        return url.scheme.hasPrefix("git+")
    }
}
