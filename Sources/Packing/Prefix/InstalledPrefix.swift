import CondaModel
import Install
import Lockfile
import Support

/// An environment on the disk, read from its own records: `conda-meta/*.json` for conda packages, `*.dist-info` for
/// what pip or uv installed.
struct InstalledPrefix: Sendable {
    let path: ByteString
    /// In the order of a lock file: by location (docs/spec/lock.md#order).
    let packages: [LockedPackage]
    let platform: Platform
    /// Python packages that do not record where they come from.
    let unavailable: [UnrecordedWheel]
    /// Packages in the packs they were unpacked from, by their location.
    let opened: [ByteString: OriginPacks.Member]

    /// - Throws: `Failure` naming the folder that is no environment, or the record that cannot be used.
    init(_ path: ByteString) throws {
        self.path = path
        let folder = path.appending(path: "conda-meta")
        let names = try describing(
            "'\(path)' is no conda environment", remedy: "Name the folder that has 'conda-meta' in it."
        ) { try Sys.list(folder).filter { $0.hasSuffix(".json") }.sorted() }
        guard !names.isEmpty else {
            throw Failure(
                "'\(folder)' has no records of packages",
                remedy: "Name the folder of an environment that conda, mamba, pixi or pixi-unpack has made.")
        }
        var owned: Set<ByteString> = []
        let conda = try names.map { name in
            let record = folder.appending(path: name)
            return try describing(
                "could not read the record '\(record)'",
                remedy: "Unpack the environment again with --force, or install it again."
            ) {
                try Installed(JSONDocument(try File.open(record).slice().readAll()).root, &owned)
            }
        }
        platform =
            conda.lazy.compactMap { Platform(rawValue: $0.package.record.subdir) }.first { $0 != .noarch } ?? .current
        let origins = OriginPacks()
        let packs = Set(conda.compactMap(\.pack)).sorted()
        let python = try InstalledWheels(path, owned: owned, packs: packs, origins: origins)
        unavailable = python.unavailable
        opened = try python.opened.merging(InstalledPrefix.members(of: conda, origins)) { $1 }
        packages =
            conda.map(\.package).sorted { $0.location.text < $1.location.text }.map(LockedPackage.conda)
            + python.packages.sorted { $0.location.text < $1.location.text }.map(LockedPackage.pypi)
    }

    /// Those that are still in the pack they were unpacked from: it is nearer than a channel.
    private static func members(
        of installed: [Installed], _ origins: OriginPacks
    ) throws -> [ByteString: OriginPacks.Member] {
        var members: [ByteString: OriginPacks.Member] = [:]
        for installed in installed {
            let package = installed.package
            let found: OriginPacks.Member?
            switch package.location {
            case .path(let path): found = try origins.member(at: path)
            case .url: found = try installed.placeInPack.flatMap { try origins.member(at: $0) ?? origins.file(at: $0) }
            }
            guard let found, package.record.sha256.map({ $0 == found.sha256 }) ?? true else { continue }
            members[package.location.text] = found
        }
        return members
    }

    /// Says which files are not as their packages brought them: a pack is made of packages, so these changes are not in
    /// it.
    func reportChanges(to reporter: any Reporter) {
        let report: EnvironmentReport
        do {
            report = try EnvironmentVerifier(path, reporter: reporter).verify()
        } catch {
            return reporter.warn("what was changed in the environment cannot be told: \(error)")
        }
        func say(_ paths: [ByteString], _ one: Message, _ many: Message) {
            if paths.isEmpty { return }
            let shown = paths.prefix(5).map { "'\($0)'" }.listed() + (paths.count > 5 ? ", ..." : "")
            reporter.warn("\(paths.count) \(paths.count == 1 ? one : many), which the pack will not have: \(shown)")
            for path in paths.dropFirst(5) { reporter.info("also '\(path)'") }
        }
        say(
            report.changed.map(\.path), "file was changed after its installation",
            "files were changed after their installation")
        say(report.missing.map(\.path), "file of a package was removed", "files of packages were removed")
        say(report.extra, "file belongs to no package", "files belong to no package")
    }
}

/// A conda package of an environment, by its record.
private struct Installed {
    let package: LockedConda
    /// Where it was in the pack it was unpacked from; nil if another program installed it.
    let placeInPack: ByteString?
    /// The path of that pack.
    let pack: ByteString?

    /// - Parameter owned: gets the files of the package.
    init(_ json: JSONValue, _ owned: inout Set<ByteString>) throws {
        var record = try PackageRecord(json: json)
        guard let url = json["url"]?.string, !url.isEmpty else {
            throw Failure(
                "it does not say where package '\(record.name)' comes from",
                remedy: "Install the environment again, for example with pixi, and pack that.")
        }
        let location = try PackageLocation(parsing: ByteString(url))
        let segment = location.lastSegment.map { ByteString(PercentEncoding.decode($0.bytes)) }
        guard let fileName = json["fn"]?.string ?? segment?.string, ArchiveName(fileName) != nil else {
            throw Failure(
                "'\(location.redacted)' is not the location of a package",
                remedy: "Install the environment again, for example with pixi, and pack that.")
        }
        if record.subdir.isEmpty, case .url(let url) = location { record.subdir = url.folder ?? "" }
        // Seconds, as the original tells them from milliseconds (docs/spec/lock.md#timestamps).
        if let time = record.timestamp, time <= 253_402_300_799 {
            record.timestamp = time.multipliedReportingOverflow(by: 1000).partialValue
        }
        for entry in json["paths_data"]?["paths"]?.elements.map({ Array($0) }) ?? [] {
            if let path = entry["_path"]?.bytes { owned.insert(path) }
        }
        owned.formUnion(json["files"]?.elements.map { $0.compactMap(\.bytes) } ?? [])
        package = LockedConda(record: record, location: location, fileName: fileName)
        let folder = json["extracted_package_dir"]?.bytes
        pack = folder.flatMap { $0.parentPath.lastPathComponent == "cache" ? $0.parentPath.parentPath : nil }
        placeInPack = pack.map { pack in
            let channel = pack.appending(path: "channel")
            return channel.appending(path: ByteString(record.subdir)).appending(path: ByteString(fileName))
        }
    }
}
