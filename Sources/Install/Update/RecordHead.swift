import CondaModel
import Support

/// What the record of a package in `conda-meta` says of it, but for its files. Any program may have made it (conda,
/// mamba, pixi).
struct RecordHead: Sendable {
    let name: CondaName
    let version: String
    let build: String
    let sha256: SHA256Digest?
    let md5: MD5Digest?
    /// The path of the record.
    let record: PrefixPath
    /// The channel it comes from; nil if the record does not say it.
    let channel: String?
    let subdir: String
    private let url: String?
    /// What the record has of the pack's index; nil for records that other programs wrote.
    let index: [ByteString]?
    /// Where modules go by this record; only for Python itself.
    let sitePackages: String?

    /// - Throws: `Failure` if a member that every record has is missing.
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
        self.record = record
        channel = json["channel"]?.string
        subdir = json["subdir"]?.string ?? ""
        url = json["url"]?.string
        index = RecordHead.index(json)
        sitePackages = json["python_site_packages_path"]?.string
    }

    /// The members that come from the index, one text each. Only this program, and the original, name a folder in a
    /// pack.
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
