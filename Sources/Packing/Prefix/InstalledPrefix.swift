import CondaModel
import Lockfile
import Support

/// An environment on the disk, read from its own records: `conda-meta/*.json` for conda packages, `*.dist-info` for
/// what pip or uv installed.
struct InstalledPrefix: Sendable {
    let path: ByteString
    /// In the order of a lock file: by location (spec lock §1.15).
    let packages: [LockedPackage]
    let platform: Platform
    /// Python packages that do not record where they come from.
    let unavailable: [UnrecordedWheel]
    /// What the records say of files.
    private let files: [PrefixFileRecord]

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
        var files: [PrefixFileRecord] = []
        let conda = try names.map { name in
            let record = folder.appending(path: name)
            return try describing(
                "could not read the record '\(record)'",
                remedy: "Unpack the environment again with --force, or install it again."
            ) {
                try InstalledPrefix.package(JSONDocument(try File.open(record).slice().readAll()).root, &files)
            }
        }
        platform = conda.lazy.compactMap { Platform(rawValue: $0.record.subdir) }.first { $0 != .noarch } ?? .current
        let python = try InstalledWheels(path, owned: Set(files.map(\.path)))
        self.files = files + python.files
        unavailable = python.unavailable
        packages =
            conda.sorted { $0.location.text < $1.location.text }.map(LockedPackage.conda)
            + python.packages.sorted { $0.location.text < $1.location.text }.map(LockedPackage.pypi)
    }

    private static func package(_ json: JSONValue, _ files: inout [PrefixFileRecord]) throws -> LockedConda {
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
        if record.subdir.isEmpty, case .url(let url) = location { record.subdir = url.segments.dropLast().last ?? "" }
        // Seconds, as the original tells them from milliseconds (spec lock §1.9).
        if let time = record.timestamp, time <= 253_402_300_799 {
            record.timestamp = time.multipliedReportingOverflow(by: 1000).partialValue
        }
        var paths = Set<ByteString>()
        for entry in json["paths_data"]?["paths"]?.elements.map({ Array($0) }) ?? [] {
            guard let path = entry["_path"]?.bytes else { continue }
            paths.insert(path)
            let isLink = entry["path_type"]?.string.map { $0 != "hardlink" } ?? false
            let isPatched = entry.present("prefix_placeholder") != nil
            let hash = entry["sha256_in_prefix"]?.string ?? (isPatched ? nil : entry["sha256"]?.string)
            files.append(
                PrefixFileRecord(
                    path: path, sha256: isLink ? nil : hash.flatMap { SHA256Digest(hex: $0) }, owner: record.name))
        }
        for path in json["files"]?.elements.map({ $0.compactMap(\.bytes) }) ?? [] where !paths.contains(path) {
            files.append(PrefixFileRecord(path: path, sha256: nil, owner: record.name))
        }
        return LockedConda(record: record, location: location, fileName: fileName)
    }

    /// Says which files are not as their packages brought them: a pack is made of packages, so these changes are not in
    /// it.
    func reportChanges(to reporter: any Reporter) {
        let changes = PrefixChanges(path, files)
        func say(_ paths: [ByteString], _ one: String, _ many: String) {
            if paths.isEmpty { return }
            let shown = paths.prefix(5).map { "'\($0)'" }.joined(separator: ", ") + (paths.count > 5 ? ", ..." : "")
            reporter.warn("\(paths.count) \(paths.count == 1 ? one : many), which the pack will not have: \(shown)")
            for path in paths.dropFirst(5) { reporter.info("also '\(path)'") }
        }
        say(changes.modified, "file was changed after its installation", "files were changed after their installation")
        say(changes.missing, "file of a package was removed", "files of packages were removed")
        say(changes.added, "file belongs to no package", "files belong to no package")
    }
}

/// A file as the record of its package has it.
struct PrefixFileRecord: Sendable {
    /// Relative to the environment.
    let path: ByteString
    /// Nil for links and where the record has none.
    let sha256: SHA256Digest?
    let owner: String
}
