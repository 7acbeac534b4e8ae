import CondaModel
import Support

/// A package of an environment, by its record in `conda-meta`. Any program may have made it (conda, mamba, pixi).
public struct InstalledPackage: Sendable {
    public let name: CondaName
    public let version: String
    public let build: String
    let sha256: SHA256Digest?
    let md5: MD5Digest?
    /// Its files and links.
    let files: [PrefixPath]
    /// The path of its record.
    let record: PrefixPath
    /// The channel it comes from; nil if the record does not say it.
    let channel: String?
    let subdir: String
    private let url: String?
    /// What the record has of the pack's index; nil for records that other programs wrote.
    let index: [ByteString]?
    /// Where modules go by this record; only for Python itself.
    let sitePackages: String?
    /// Its shortcuts, outside of the environment.
    let shortcuts: [ByteString]

    /// - Throws: `Failure` if a member that every record has is missing, or a path leaves the environment.
    init(json: JSONValue, record: PrefixPath) throws {
        func text(_ key: StaticString) throws -> String {
            guard let text = json[key]?.string else { throw Failure("no string `\(key)`") }
            return text
        }
        name = try CondaName(text("name"))
        version = try text("version")
        build = try text("build")
        sha256 = json["sha256"]?.string.flatMap { SHA256Digest(hex: $0) }
        md5 = json["md5"]?.string.flatMap { MD5Digest(hex: $0) }
        files = try (json["files"]?.elements.map(Array.init) ?? []).map { element in
            guard let path = element.bytes else { throw Failure("`files` is not a list of strings") }
            return try PrefixPath(path)
        }
        self.record = record
        channel = json["channel"]?.string
        subdir = json["subdir"]?.string ?? ""
        url = json["url"]?.string
        index = InstalledPackage.index(json)
        shortcuts = Shortcuts.recorded(in: json)
        sitePackages = json["python_site_packages_path"]?.string
    }

    /// The members that come from the index, one text each. Only this program, and the original, name a folder in a pack.
    private static func index(_ json: JSONValue) -> [ByteString]? {
        guard let folder = json["extracted_package_dir"]?.bytes, folder.parentPath.lastPathComponent == "cache",
            let members = json.members
        else { return nil }
        return members.prefix { !$0.isNamed("fn") }.map { $0.name + ":" + ByteString($0.value.rawText) }
    }

    /// Whether the record has what the pack says of the package; always true for records of other programs.
    ///
    /// - Parameter origin: nil: the pack does not say where the package comes from, but some channel there must be.
    func tells(_ record: PackageRecord, _ origin: PackageOrigin?) throws -> Bool {
        guard let index else { return true }
        guard let channel, let url, origin.map({ $0.channel == channel && $0.url == url }) ?? true else { return false }
        var writer = JSONWriter(reserving: 1024)
        writer.object { record.writeMembers(to: &$0) }
        let expected = try JSONDocument(writer.bytes).root.members?.map { $0.name + ":" + ByteString($0.value.rawText) }
        return index == expected
    }

    /// The package as histories name it.
    var inHistory: EnvironmentHistory.Package {
        EnvironmentHistory.Package(
            channel: channel ?? "<unknown>", subdir: subdir, identity: "\(name)-\(version)-\(build)")
    }

    /// Whether this is the package of the pack: by SHA-256, else MD5, else version and build
    /// (docs/spec/install.md#existing-prefix).
    func isSame(as other: PackageRecord) -> Bool {
        if let sha256, let otherDigest = other.sha256 { return sha256 == otherDigest }
        if let md5, let otherDigest = other.md5 { return md5 == otherDigest }
        return version == other.version && build == other.build
    }
}

/// An environment that exists already.
public struct InstalledEnvironment: Sendable {
    /// The absolute path.
    public let path: ByteString
    /// The packages that have a record, in the order of the records' names.
    public let packages: [InstalledPackage]
    /// The state we noted; nil if there is none, or it cannot be trusted.
    public let state: EnvironmentState?
    /// Paths that an interrupted update may have changed.
    let unfinished: Set<PrefixPath>
    /// Records that cannot be read.
    let damagedRecords: [PrefixPath]

    /// Reads the records of an environment.
    ///
    /// - Parameter repairing: whether records that cannot be read are treated as missing.
    /// - Returns: nil if there is no environment at the path: nothing, not a directory, or one without `conda-meta`.
    /// - Throws: `Failure` naming the record that cannot be read.
    public init?(at path: ByteString, repairing: Bool = false) throws {
        let folder = path.appending(path: PlanBuilder.metadataFolder)
        let names: [ByteString]
        do throws(SystemError) {
            names = try Sys.list(folder)
        } catch {
            if error.isAbsence { return nil }
            throw Failure(
                "could not read the environment '\(path)'", cause: error,
                remedy: "Replace the environment with --force.")
        }
        guard names.contains(where: { $0 == "history" || $0.hasSuffix(".json") }) else { return nil }
        self.path = path
        var packages: [InstalledPackage] = []
        var damaged: [PrefixPath] = []
        for name in names.filter({ $0.hasSuffix(".json") }).sorted() {
            try Interruption.check()
            let file = folder.appending(path: name)
            let record = try PrefixPath(PlanBuilder.metadataFolder.appending(path: name))
            do {
                packages.append(
                    try InstalledPackage(
                        json: try JSONDocument(try File.open(file).slice().readAll()).root, record: record))
            } catch {
                guard repairing else {
                    throw Failure(
                        "'\(file)' is no record of a package", cause: error,
                        remedy: "Repair the environment with --repair, or replace it with --force.")
                }
                damaged.append(record)
            }
        }
        self.packages = packages
        damagedRecords = damaged
        state = try EnvironmentState.read(path)
        unfinished = try UpdateJournal.read(path, state)
    }

    /// The shortcuts that records know of.
    public var shortcuts: [ByteString] { packages.flatMap(\.shortcuts) }

    /// The Python its packages were installed for.
    var python: PythonInfo? {
        guard let package = packages.python(\.name.lowercased) else { return nil }
        var record = PackageRecord(name: .python, version: package.version, build: package.build, subdir: "")
        record.pythonSitePackagesPath = package.sitePackages
        return try? PythonInfo(record)
    }
}
