import CondaModel
import Support

/// Version 6: the key of the location tells the kind (docs/spec/lock.md#v6). `conda.lock` has the same form, except
/// that its platforms may have names of their own.
struct LockGrammarV6: LockGrammar {
    private let environments: EnvironmentTable
    private let namesPlatforms: Bool
    private let entries: LockEntries
    private let condaEntries: EntryIndex
    private let pypiEntries: EntryIndex

    /// - Parameters:
    ///   - outline: has the packages if the document does not.
    ///   - namesPlatforms: whether platforms may have any name; their subdir is then found by their packages.
    init(_ root: MapReader, _ outline: LockOutline?, namesPlatforms: Bool = false) throws {
        environments = try EnvironmentTable(root)
        self.namesPlatforms = namesPlatforms
        let entries = try LockEntries(root, "packages", outline)
        var (conda, pypi) = (EntryIndex(), EntryIndex())
        try entries.forEach { index, value in
            let (isConda, text) = try LockGrammarV6.reference(value)
            // Nothing can refer to an entry whose location cannot be understood.
            guard let location = try? PackageLocation(parsing: text).comparable else { return }
            if isConda { conda.add(location, entry: index) } else { pypi.add(location, entry: index) }
        }
        conda.sort()
        pypi.sort()
        self.entries = entries
        (condaEntries, pypiEntries) = (conda, pypi)
    }

    /// The key and the text by which environments refer to an entry.
    private static func reference(_ value: YAMLValue) throws -> (isConda: Bool, text: ByteString) {
        let conda = value.present("conda")
        guard let text = (conda ?? value.present("pypi"))?.bytes else {
            throw Failure("package (line \(value.line)): expected at least `conda` or `pypi` field")
        }
        return (conda != nil, text)
    }

    var environmentNames: [String] { environments.names }

    func environment(named name: String) throws -> LockEnvironment {
        let known = try environments.subdirPlatforms(of: name)
        return try environments.environment(
            named: name, platforms: namesPlatforms ? namedPlatforms(of: name, known) : known)
    }

    /// The platforms of all keys. For a name that is not a subdir, the packages tell the subdir.
    private func namedPlatforms(of name: String, _ known: [LockPlatform]) throws -> [LockPlatform] {
        try environments.platformKeys(of: name).compactMap { key in
            if let platform = known.first(where: { $0.name.utf8.elementsEqual(key.utf8) }) { return platform }
            for reference in try environments.references(environment: name, platformKey: key) {
                guard let text = try reference.string("conda"),
                    let location = try? PackageLocation(parsing: ByteString(text)),
                    let subdir = DerivedFields(location).subdir, subdir != .noarch
                else { continue }
                return LockPlatform(name: key, subdir: subdir, virtualPackages: [])
            }
            return nil
        }
    }

    func packages(environment: String, platform: LockPlatform) throws -> [LockedPackage] {
        let references = try environments.references(environment: environment, platformKey: platform.name)
        return try PackageOrder.packages(of: references) { reference in
            let conda = try reference.string("conda")
            guard let text = try conda ?? reference.string("pypi") else {
                throw reference.failure("expected `conda` or `pypi`")
            }
            let location = try PackageLocation(parsing: ByteString(text))
            let wanted = location.comparable
            let candidates = (conda == nil ? pypiEntries : condaEntries).candidates(wanted)
            let found = try candidates.first { index in
                guard try reader(index).1.comparable == wanted else { return false }
                return try conda == nil || matches(reference, index)
            }
            guard let index = found else {
                throw EnvironmentTable.missingPackage(
                    location.redacted, environment: environment, platform: platform.name)
            }
            let package = try conda == nil ? pypi(index) : self.conda(index)
            return PackageOrder.Item(package, id: LockGrammarV6.id(of: package, index), entry: index)
        }
    }

    /// The text by which the original sorts. For source packages it would need the hash of their content, so several
    /// with the same name and location stay in the order of the file.
    private static func id(of package: LockedPackage, _ index: Int) -> ByteString {
        guard case .condaSource(let source) = package else { return package.location.text }
        let digits = String(index)
        let padded = String(repeating: "0", count: max(0, 10 - digits.utf8.count)) + digits
        return ByteString("\(source.name)[\(padded)] @ ") + source.location.text
    }

    /// Whether the entry has every field that the reference gives. Several outputs of a source share a location.
    private func matches(_ reference: MapReader, _ index: Int) throws -> Bool {
        let given = try (
            reference.string("name"), reference.string("version"), reference.string("build"),
            reference.string("subdir")
        )
        if given.0 == nil && given.1 == nil && given.2 == nil && given.3 == nil { return true }
        func fits(_ wanted: String?, _ found: String?) -> Bool {
            wanted.map { wanted in found?.utf8.elementsEqual(wanted.utf8) ?? false } ?? true
        }
        switch try conda(index) {
        case .conda(let package):
            let record = package.record
            return fits(given.0, record.name.text) && fits(given.1, record.version) && fits(given.2, record.build)
                && fits(given.3, record.subdir)
        case .condaSource(let package):
            return fits(given.0, package.name.text) && fits(given.1, package.version) && fits(given.2, package.build)
                && fits(given.3, package.subdir)
        case .pypi: return false
        }
    }

    private func reader(_ index: Int) throws -> (MapReader, PackageLocation) {
        let value = try entries.value(index)
        let location = try PackageLocation(parsing: LockGrammarV6.reference(value).text)
        return (try MapReader(value, "package '\(location.redacted)'"), location)
    }

    private func conda(_ index: Int) throws -> LockedPackage {
        let (entry, location) = try reader(index)
        if let fileName = location.fileName, ArchiveName(fileName) != nil {
            let record = try entry.derivedRecord(at: location, acceptingWheels: false)
            return .conda(try entry.package(record, at: location, fileName: fileName))
        }
        guard let name = try entry.string("name") else { throw entry.failure("missing field/fields 'name'") }
        return .condaSource(try entry.source(name: try entry.condaName(name), at: location, hash: nil))
    }

    private func pypi(_ index: Int) throws -> LockedPackage {
        let (entry, location) = try reader(index)
        var package = try entry.pypi(at: location, isVersionRequired: true, displayVersion: \.versionOfDistribution)
        package.isEditable = try entry.bool("editable") ?? false
        return .pypi(package)
    }
}
