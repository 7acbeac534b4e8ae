import Support

/// Writes a workspace for tests: a lock file of version 6 for linux-64 and the packages it names, as local files.
public struct WorkspaceBuilder {
    private let directory: TemporaryDirectory
    private let folder: String
    private var list: [String] = []
    private var packages: [String] = []

    /// A workspace in a folder of `directory`.
    public init(in directory: TemporaryDirectory, folder: String = "workspace") {
        self.directory = directory
        self.folder = folder
    }

    /// Adds a conda package at `channel/<subdir>/<file name>`.
    ///
    /// - Parameters:
    ///   - channel: the folder of the channel.
    ///   - size: what the lock says; nil: nothing.
    ///   - sha256: what the lock says, by default the right one.
    ///   - subdirField: what the lock says of the subdir.
    @discardableResult
    public mutating func conda(
        _ fileName: String, _ bytes: [UInt8], subdir: String = "linux-64", channel: String = "channel",
        size: Int?? = nil,
        sha256: String? = nil, subdirField: String? = nil
    ) throws -> ByteString {
        let location = "./\(channel)/\(subdir)/\(fileName)"
        let path = try directory.write("\(folder)/\(channel)/\(subdir)/\(fileName)", bytes)
        var fields = ["sha256: \(sha256 ?? SHA256Hasher.hash(bytes).hex)", "subdir: \"\(subdirField ?? subdir)\""]
        switch size {
        case .none: fields.append("size: \(bytes.count)")
        case .some(.some(let size)): fields.append("size: \(size)")
        case .some(.none): break
        }
        add("conda", location, fields)
        return path
    }

    /// Adds a wheel at `wheels/<file name>`.
    @discardableResult
    public mutating func wheel(
        _ fileName: String, _ bytes: [UInt8], name: String, version: String = "1.0", sha256: String? = nil
    ) throws -> ByteString {
        let path = try directory.write("\(folder)/wheels/\(fileName)", bytes)
        pypi(
            "./wheels/\(fileName)", name: name, version: version, sha256: sha256 ?? SHA256Hasher.hash(bytes).hex)
        return path
    }

    /// Adds a Python package of any location.
    public mutating func pypi(_ location: String, name: String, version: String = "1.0", sha256: String? = nil) {
        add("pypi", location, ["name: \(name)", "version: \"\(version)\""] + (sha256.map { ["sha256: \($0)"] } ?? []))
    }

    /// Adds a package of any kind and location with its fields as YAML.
    public mutating func add(_ kind: String, _ location: String, _ fields: [String]) {
        list.append("      - \(kind): \(location)")
        packages.append((["- \(kind): \(location)"] + fields.map { "  \($0)" }).joined(separator: "\n"))
    }

    /// Writes pixi.lock and returns the workspace's folder. `reversed` turns the order of the lists.
    @discardableResult
    public func write(reversed: Bool = false) throws -> ByteString {
        let list = reversed ? self.list.reversed() : self.list
        let packages = reversed ? self.packages.reversed() : self.packages
        let lines =
            [
                "version: 6", "environments:", "  default:", "    channels:", "    - url: https://example.invalid/c/",
                "    packages:", list.isEmpty ? "      linux-64: []" : "      linux-64:",
            ] + list + [packages.isEmpty ? "packages: []" : "packages:"] + packages
        try directory.write("\(folder)/pixi.lock", lines.joined(separator: "\n") + "\n")
        return directory(folder)
    }
}
