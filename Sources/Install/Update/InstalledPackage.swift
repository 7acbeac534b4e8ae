import CondaModel
import Support

/// A package of an environment, by its record in `conda-meta`. Any program may have made it (conda, mamba, pixi).
public struct InstalledPackage: Sendable {
    public let name: CondaName
    public let version: String
    let build: String
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
    /// - Parameter origin: nil if the pack does not say where the package comes from; any channel will do then.
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
