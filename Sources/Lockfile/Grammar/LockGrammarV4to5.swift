import CondaModel
import Support

/// Versions 4 and 5: every entry has a `kind` (docs/spec/lock.md#v4-and-5).
struct LockGrammarV4to5: LockGrammar {
    private let environments: EnvironmentTable
    private let entries: LockEntries
    private let condaEntries: EntryIndex
    private let pypiEntries: EntryIndex

    /// - Parameter outline: has the packages if the document does not.
    init(_ root: MapReader, _ outline: LockOutline?) throws {
        environments = try EnvironmentTable(root)
        let entries = try LockEntries(root, "packages", outline)
        var (conda, pypi) = (EntryIndex(), EntryIndex())
        try entries.forEach { index, value in
            let entry = try MapReader(value, "package")
            let kind = try entry.requiredString("kind")
            guard kind == "conda" || kind == "pypi" else {
                throw entry.failure("unknown variant `\(kind)`, expected `conda` or `pypi`")
            }
            // An entry with a broken location matters only if an environment refers to it.
            guard let location = try? LockGrammarV4to5.location(entry, kind: kind).comparable else { return }
            if kind == "conda" { conda.add(location, entry: index) } else { pypi.add(location, entry: index) }
        }
        conda.sort()
        pypi.sort()
        self.entries = entries
        (condaEntries, pypiEntries) = (conda, pypi)
    }

    /// The entries of a kind that have this location.
    private func entries(_ kind: String, at location: PackageLocation) throws -> [Int] {
        try (kind == "conda" ? condaEntries : pypiEntries).candidates(location).filter { index in
            let entry = try MapReader(entries.value(index), "package")
            return try LockGrammarV4to5.location(entry, kind: kind).comparable == location
        }
    }

    private static func location(_ entry: MapReader, kind: String) throws -> PackageLocation {
        let url = try entry.string("url")
        if kind == "conda" {
            return try PackageLocation(parsing: ByteString(url ?? entry.requiredString("url")), fileURLs: .kept)
        }
        switch (url, try entry.string("path")) {
        case (let url?, nil): return try PackageLocation(parsing: ByteString(url), fileURLs: .kept)
        case (nil, let path?): return .path(ByteString(path))
        default: throw entry.failure("expected either a url or a path")
        }
    }

    var environmentNames: [String] { environments.names }

    func environment(named name: String) throws -> LockEnvironment {
        try environments.environment(named: name, platforms: environments.subdirPlatforms(of: name))
    }

    func packages(environment: String, platform: LockPlatform) throws -> [LockedPackage] {
        var order = PackageOrder()
        for reference in try environments.references(environment: environment, platformKey: platform.name) {
            let isConda = reference.value.present("conda") != nil
            guard let text = try isConda ? reference.string("conda") : reference.string("pypi") else {
                throw reference.failure("expected `conda` or `pypi`")
            }
            let location = try PackageLocation(parsing: ByteString(text), fileURLs: .kept)
            let found = try entries(isConda ? "conda" : "pypi", at: location.comparable)
            if isConda, !found.isEmpty {
                let (package, entry) = try conda(found, platform: platform)
                order.add(.conda(package), id: package.location.text, entry: entry)
            } else if !isConda, let index = found.last {
                let package = try pypi(index)
                order.add(.pypi(package), id: package.location.text, entry: index)
            } else {
                throw EnvironmentTable.missingPackage(
                    location.redacted, environment: environment, platform: platform.name)
            }
        }
        return try order.sorted()
    }

    /// Of several entries with one URL, those of the platform or, if there are none, all. The first of them counts,
    /// completed from the others.
    private func conda(_ candidates: [Int], platform: LockPlatform) throws -> (LockedConda, entry: Int) {
        let ofPlatform = try candidates.filter {
            try entries.value($0)["subdir"]?.string == platform.subdir.rawValue
        }
        let chosen = ofPlatform.isEmpty ? candidates : ofPlatform
        var result = try conda(chosen[0])
        for index in chosen.dropFirst() {
            let other = try conda(index).record
            result.record.purls = result.record.purls ?? other.purls
            result.record.md5 = result.record.md5 ?? other.md5
            result.record.sha256 = result.record.sha256 ?? other.sha256
        }
        return (result, chosen[0])
    }

    private func reader(_ index: Int) throws -> MapReader {
        let value = try entries.value(index)
        return try MapReader(value, "package '\(value["name"]?.string ?? "without a name")'")
    }

    private func conda(_ index: Int) throws -> LockedConda {
        let entry = try reader(index)
        let location = try entry.describing("url") { try LockGrammarV4to5.location(entry, kind: "conda") }
        let name = try entry.condaName(entry.requiredString("name"))
        let version = try entry.requiredString("version")
        try entry.checkVersion(version)
        let lastSegment = location.fileName
        let archive = lastSegment.flatMap { ArchiveName($0) }
        var build = try entry.string("build") ?? ""
        if build.isEmpty { build = archive?.build ?? "" }
        var record = PackageRecord(
            name: name, version: version, build: build, subdir: try entry.string("subdir") ?? "")
        let buildNumber = try entry.uint64("build_number") ?? 0
        record.buildNumber = buildNumber == 0 ? DerivedFields.buildNumber(of: build) ?? 0 : buildNumber
        record.noarch = try entry.noarch("noarch") ?? .none
        try entry.readCommonFields(into: &record)
        try entry.readNewerFields(into: &record)
        record.arch = try entry.string("arch")
        record.platform = try entry.string("platform")
        record.deriveArchAndPlatform(from: try? Platform(parsing: record.subdir))
        let fileName = try entry.string("file_name") ?? (archive == nil ? nil : lastSegment)
        return try entry.package(
            record, at: location, fileName: fileName ?? "\(name)-\(version)-\(build).conda")
    }

    private func pypi(_ index: Int) throws -> LockedPyPI {
        let entry = try reader(index)
        let location = try LockGrammarV4to5.location(entry, kind: "pypi")
        var package = try entry.pypi(at: location, isVersionRequired: true, displayVersion: \.versionOfDistribution)
        package.isEditable = try entry.bool("editable") ?? false
        return package
    }
}
