import CondaModel
import Support

/// The fields of a Python package.
extension MapReader {
    /// - Parameter displayVersion: makes the version to show in environment.yml from the rest of the package.
    func pypi(
        at location: PackageLocation, isVersionRequired: Bool, displayVersion: (LockedPyPI) -> String
    ) throws -> LockedPyPI {
        let name = try describing("name") { try PyPIName(requiredString("name")) }
        let text = try isVersionRequired ? requiredString("version") : string("version")
        let version = try text.map { text in try describing("version") { try PEP440Version(text).text } }
        var package = LockedPyPI(name: name, version: version, displayVersion: "", location: location)
        package.sha256 = try sha256("sha256")
        package.md5 = try md5("md5")
        package.requiresDist = try requirements("requires_dist") ?? []
        package.requiresPython = try string("requires_python")
        package.displayVersion = displayVersion(package)
        return package
    }

    /// A list; in versions 1 to 3 it may be a map of names and specifiers.
    func requirements(_ key: StaticString) throws -> [String]? {
        try listOrMap(key) { $1.isEmpty ? $0 : "\($0) \($1)" }
    }
}

extension LockedPyPI {
    /// The `displayVersion` of a package whose version is not known before it is built.
    public static let unknownVersion = "<unknown>"

    /// The version to show in versions 4 to 6. For a source it is not known before the source is built
    /// (docs/spec/lock.md#wheels).
    var versionOfDistribution: String {
        isDistribution ? version ?? LockedPyPI.unknownVersion : LockedPyPI.unknownVersion
    }

    /// Whether the location is a URL of the web, or the path of a file that is named like an archive.
    private var isDistribution: Bool {
        if case .url(let url) = location, url.scheme != "file" { return true }
        let text = location.text
        return [".whl", ".tar.gz", ".tar.bz2", ".tar.xz", ".tar.Z", ".tgz", ".tbz", ".tar", ".zip"]
            .contains { text.hasSuffix(ByteString($0)) }
    }
}
