import Fetch
import LibC
import Support

/// The manifest of a workspace, of which packing reads no more than `[activation]`: whatever else is wrong with it
/// does not matter (docs/spec/lock.md#finding).
struct WorkspaceManifest: Sendable {
    let path: ByteString
    /// The root of pixi.toml, or `tool.pixi` of pyproject.toml.
    let root: JSONValue
    /// The file.
    let source: [UInt8]
    /// What it calls the workspace; nil if it has no name.
    let workspace: PackContents.Workspace?

    /// - Parameter project: the table `project` of pyproject.toml, which counts where pixi's own has nothing.
    private init(path: ByteString, root: JSONValue, source: [UInt8], project: JSONValue?) {
        self.path = path
        self.root = root
        self.source = source
        let tables = [root.present("workspace"), root.present("project"), project].compactMap { $0 }
        let version = tables.lazy.compactMap { $0.present("version")?.string }.first
        workspace = tables.lazy.compactMap { $0.present("name")?.string }.first.map {
            PackContents.Workspace(name: $0, version: version)
        }
    }

    /// Finds and reads the manifest of a folder, or the given file.
    ///
    /// - Returns: nil if there is none that speaks of pixi.
    /// - Throws: `Failure` naming the file if it is no TOML.
    static func find(_ manifest: ByteString) throws -> WorkspaceManifest? {
        guard let status = try? Sys.stat(manifest) else { return nil }
        let isDirectory = status.st_mode & S_IFMT == S_IFDIR
        let names: [ByteString] = ["pixi.toml", "pyproject.toml", "mojoproject.toml"]
        let paths: [ByteString]
        if isDirectory {
            paths = names.map { manifest.appending(path: $0) }
        } else if manifest.hasSuffix(".toml") {
            paths = [manifest]
        } else {
            paths = names.map { manifest.parentPath.appending(path: $0) }
        }
        for path in paths where try Sys.exists(path) {
            let (source, document) = try describing(
                "could not read the manifest '\(path)'", remedy: "Mend the manifest; pixi names its errors, too."
            ) {
                let source = try File.open(path).slice().readAll(limit: 16 << 20)
                return (source, try TOMLDocument.parse(source))
            }
            if path.lastPathComponent != "pyproject.toml" {
                return WorkspaceManifest(path: path, root: document.root, source: source, project: nil)
            }
            if let root = document.root.present("tool")?.present("pixi") {
                return WorkspaceManifest(
                    path: path, root: root, source: source, project: document.root.present("project"))
            }
        }
        return nil
    }
}
