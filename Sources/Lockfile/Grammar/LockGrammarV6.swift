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
        var order = PackageOrder()
        for reference in try environments.references(environment: environment, platformKey: platform.name) {
            let conda = try reference.string("conda")
            guard let text = try conda ?? reference.string("pypi") else {
                throw reference.failure("expected `conda` or `pypi`")
            }
            let location = try PackageLocation(parsing: ByteString(text))
            let found = try entry(at: location.comparable, reference, isConda: conda != nil)
            guard let found else {
                throw EnvironmentTable.missingPackage(
                    location.redacted, environment: environment, platform: platform.name)
            }
            let package = try conda == nil ? LockGrammarV6.pypi(found) : LockGrammarV6.conda(found)
            order.add(package, id: LockGrammarV6.id(of: package, found.index), entry: found.index)
        }
        return try order.sorted()
    }

    /// The text by which the original sorts. For source packages it would need the hash of their content, so several
    /// with the same name and location stay in the order of the file.
    private static func id(of package: LockedPackage, _ index: Int) -> ByteString {
        guard case .condaSource(let source) = package else { return package.location.text }
        let digits = String(index)
        let padded = String(repeating: "0", count: max(0, 10 - digits.utf8.count)) + digits
        return ByteString("\(source.name)[\(padded)] @ ") + source.location.text
    }

    /// An entry that was found.
    private struct Entry {
        let index: Int
        let reader: MapReader
        let location: PackageLocation
    }

    private func entry(
        at wanted: PackageLocation, _ reference: MapReader, isConda: Bool
    ) throws -> Entry? {
        for index in (isConda ? condaEntries : pypiEntries).candidates(wanted) {
            let value = try entries.value(index)
            let location = try PackageLocation(parsing: LockGrammarV6.reference(value).text)
            guard location.comparable == wanted else { continue }
            let entry = Entry(
                index: index, reader: try MapReader(value, "package '\(location.redacted)'"), location: location)
            if try !isConda || LockGrammarV6.matches(reference, entry) { return entry }
        }
        return nil
    }

    /// Whether the entry has every field that the reference gives. Several outputs of a source share a location.
    private static func matches(_ reference: MapReader, _ entry: Entry) throws -> Bool {
        let given = try (
            reference.string("name"), reference.string("version"), reference.string("build"),
            reference.string("subdir")
        )
        if given.0 == nil && given.1 == nil && given.2 == nil && given.3 == nil { return true }
        func fits(_ wanted: String?, _ found: String?) -> Bool {
            wanted.map { wanted in found?.utf8.elementsEqual(wanted.utf8) ?? false } ?? true
        }
        switch try conda(entry) {
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

    private static func conda(_ entry: Entry) throws -> LockedPackage {
        let (reader, location) = (entry.reader, entry.location)
        let derived = DerivedFields(location)
        if let fileName = derived.fileName, let archive = derived.archive, archive.kind != .wheel {
            let record = try reader.record(completedBy: derived)
            return .conda(try reader.package(record, at: location, fileName: fileName))
        }
        guard let name = try reader.string("name") else { throw reader.failure("missing field/fields 'name'") }
        return .condaSource(try reader.source(name: try reader.condaName(name), at: location, hash: nil))
    }

    private static func pypi(_ entry: Entry) throws -> LockedPackage {
        var package = try entry.reader.pypi(
            at: entry.location, isVersionRequired: true, displayVersion: \.versionOfDistribution)
        package.isEditable = try entry.reader.bool("editable") ?? false
        return .pypi(package)
    }
}
