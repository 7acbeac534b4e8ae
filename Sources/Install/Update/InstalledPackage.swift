import CondaModel
import Support

/// A package of an environment as its record in `conda-meta` tells; whoever made the environment (conda, mamba, pixi).
public struct InstalledPackage: Sendable {
    public let name: String
    public let version: String
    public let build: String
    let sha256: SHA256Digest?
    let md5: MD5Digest?
    /// Its files and links.
    let files: [PrefixPath]
    /// Its own record.
    let record: PrefixPath

    /// - Throws: `Failure` if a member every record has is missing, or a path leaves the environment.
    init(json: JSONValue, record: PrefixPath) throws {
        func text(_ key: StaticString) throws -> String {
            guard let text = json[key]?.string else { throw Failure("no string `\(key)`") }
            return text
        }
        name = try text("name")
        version = try text("version")
        build = try text("build")
        sha256 = json["sha256"]?.string.flatMap { SHA256Digest(hex: $0) }
        md5 = json["md5"]?.string.flatMap { MD5Digest(hex: $0) }
        files = try (json["files"]?.elements.map(Array.init) ?? []).map { element in
            guard let path = element.bytes else { throw Failure("`files` is not a list of strings") }
            return try PrefixPath(path)
        }
        self.record = record
    }

    /// Whether it is the package of the pack: by SHA-256, else MD5, else version and build (spec install §4.6).
    func isSame(as other: PackageRecord) -> Bool {
        if let sha256, let otherDigest = other.sha256 { return sha256 == otherDigest }
        if let md5, let otherDigest = other.md5 { return md5 == otherDigest }
        return version == other.version && build == other.build
    }
}

/// An environment that is there already.
public struct InstalledEnvironment: Sendable {
    /// The absolute path.
    public let path: ByteString
    public let packages: [InstalledPackage]

    /// Reads the records of an environment.
    ///
    /// - Returns: nil if there is no environment at the path: nothing, no directory, or one without `conda-meta`.
    /// - Throws: `Failure` naming the record that cannot be read.
    public init?(at path: ByteString) throws {
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
        packages = try names.filter { $0.hasSuffix(".json") }.sorted().map { name in
            let file = folder.appending(path: name)
            return try describing(
                "'\(file)' is no record of a package",
                remedy: "Remove that file, or replace the environment with --force."
            ) {
                try InstalledPackage(
                    json: try JSONDocument(try File.open(file).slice().readAll()).root,
                    record: try PrefixPath(PlanBuilder.metadataFolder.appending(path: name)))
            }
        }
    }
}
