import CondaModel
import Support

/// Version 7: platforms have names, source packages are a kind of their own, and references are exact texts
/// (docs/spec/lock.md#v7).
struct LockGrammarV7: LockGrammar {
    private let environments: EnvironmentTable
    private let platforms: [LockPlatform]
    private let entries: LockEntries
    private let entryOfReference: EntryIndex

    /// What entries and environments call a package.
    private struct Reference: Hashable {
        enum Kind { case conda, condaSource, pypi }
        let kind: Kind
        let id: ByteString

        /// - Throws: `Failure` if the text of the location cannot be understood.
        init(_ value: YAMLValue) throws {
            if let text = value.present("conda")?.bytes {
                kind = .conda
                id = try PackageLocation(parsing: text).text
            } else if let text = value.present("conda_source")?.bytes {
                kind = .condaSource
                id = try SourceReference(text).text
            } else if let text = value.present("pypi")?.bytes {
                kind = .pypi
                id = text
            } else {
                throw Failure(
                    "package (line \(value.line)): expected at least `conda`, `conda_source`, or `pypi` field")
            }
        }

        /// Whether the map has any of the three keys.
        static func isNamed(in value: YAMLValue) -> Bool {
            let keys: [StaticString] = ["conda", "conda_source", "pypi"]
            return keys.contains { value.present($0)?.isScalar ?? false }
        }
    }

    /// - Parameter outline: has the packages if the document does not.
    init(_ root: MapReader, _ outline: LockOutline?) throws {
        platforms = try LockGrammarV7.platforms(root)
        environments = try EnvironmentTable(root)
        let entries = try LockEntries(root, "packages", outline)
        var index = EntryIndex()
        try entries.forEach { number, value in
            // An entry with a broken location matters only if an environment refers to it. One without any location is
            // an error.
            guard Reference.isNamed(in: value) else {
                _ = try Reference(value)
                return
            }
            if let reference = try? Reference(value) { index.add(reference, entry: number) }
        }
        index.sort()
        self.entries = entries
        entryOfReference = index
        for name in environments.names {
            for key in try environments.platformKeys(of: name) where platform(key) == nil {
                throw Failure("Environment `\(name)` is using an unknown platform `\(key)`")
            }
        }
    }

    private static func platforms(_ root: MapReader) throws -> [LockPlatform] {
        guard root.value.present("platforms") != nil else { return [] }
        var platforms: [LockPlatform] = []
        for value in try root.requiredElements("platforms") {
            let map = try MapReader(value, "platform")
            let name = try map.requiredString("name")
            guard isPlatformName(name) else { throw Failure("failed to parse '\(name)' as a PlatformName") }
            if platforms.contains(where: { $0.name.utf8.elementsEqual(name.utf8) }) {
                throw Failure("Duplicate platform name `\(name)` found")
            }
            let subdir: Platform
            do {
                subdir = try Platform(parsing: map.string("subdir") ?? name)
            } catch {
                throw Failure("failed to parse '\(error)' as a Subdir")
            }
            platforms.append(
                LockPlatform(name: name, subdir: subdir, virtualPackages: try map.list("virtual-packages") ?? []))
        }
        return platforms
    }

    private static func isPlatformName(_ text: String) -> Bool {
        !text.isEmpty
            && text.unicodeScalars.allSatisfy { scalar in
                scalar.properties.isAlphabetic || scalar.properties.numericType != nil || scalar == "_" || scalar == "-"
            }
    }

    private func platform(_ name: String) -> LockPlatform? {
        platforms.first { $0.name.utf8.elementsEqual(name.utf8) }
    }

    var environmentNames: [String] { environments.names }

    func environment(named name: String) throws -> LockEnvironment {
        let keys = Set(try environments.platformKeys(of: name).map { ByteString($0) })
        return try environments.environment(
            named: name, platforms: platforms.filter { keys.contains(ByteString($0.name)) })
    }

    func packages(environment: String, platform: LockPlatform) throws -> [LockedPackage] {
        var order = PackageOrder()
        for item in try environments.references(environment: environment, platformKey: platform.name) {
            let reference = try Reference(item.value)
            let found = try entryOfReference.candidates(reference).first {
                try Reference(entries.value($0)) == reference
            }
            guard let index = found else {
                throw EnvironmentTable.missingPackage(
                    WebURL.redact(reference.id.lossyString), environment: environment, platform: platform.name)
            }
            order.add(try package(reference, index), id: reference.id, entry: index)
        }
        return try order.sorted()
    }

    private func package(_ reference: Reference, _ index: Int) throws -> LockedPackage {
        let entry = try MapReader(entries.value(index), "package '\(WebURL.redact(reference.id.lossyString))'")
        switch reference.kind {
        case .conda:
            let location = try PackageLocation(parsing: reference.id)
            let derived = DerivedFields(location, acceptingWheels: true)
            guard let lastSegment = derived.fileName, derived.archive != nil else {
                throw entry.failure(
                    "binary package location must have a valid archive filename (.conda or .tar.bz2)")
            }
            var record = try entry.record(completedBy: derived)
            record.runExports = try entry.runExports()
            let fileName = try entry.string("file_name") ?? lastSegment
            return .conda(try entry.package(record, at: location, fileName: fileName))
        case .condaSource:
            let source = try SourceReference(reference.id)
            return .condaSource(try entry.source(name: source.name, at: source.location, hash: source.hash))
        case .pypi:
            let location = try PackageLocation(parsing: reference.id)
            let index = try entry.string("index")
            var package = try entry.pypi(at: location, isVersionRequired: false) { package in
                let isDistribution =
                    package.version != nil || package.sha256 != nil || package.md5 != nil || index != nil
                return isDistribution ? package.version ?? "0a0.dev0" : LockedPyPI.unknownVersion
            }
            package.index = index
            return .pypi(package)
        }
    }
}
