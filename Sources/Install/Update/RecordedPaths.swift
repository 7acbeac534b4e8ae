import Support

/// The rows of `paths_data` in a record of `conda-meta`, each with the path its file has in the environment.
///
/// In the records of pixi, mamba and this program `_path` is that path. conda leaves what the package said in it: of a
/// `noarch: python` package `site-packages/x.py` for `lib/python3.13/site-packages/x.py`, and `python-scripts/x` for
/// `bin/x` (`get_python_noarch_target_path` of `conda/common/path/python.py`); only `files` tells where they went.
struct RecordedPaths: Sequence {
    private let rows: [JSONValue]
    private let files: Set<ByteString>
    /// Folders of such packages and where they are in the environment.
    private var folders: [(short: ByteString, target: ByteString)] = []

    init(_ record: JSONValue) {
        rows = record["paths_data"]?["paths"]?.elements.map(Array.init) ?? []
        let paths = rows.compactMap { $0["_path"]?.bytes }
        guard paths.contains(where: RecordedPaths.isShort) else {
            files = []
            return
        }
        files = Set(record["files"]?.elements.map { $0.compactMap(\.bytes) } ?? [])
        let (modules, scripts) = (RecordedPaths.modules, RecordedPaths.scripts)
        if let module = paths.first(where: { $0.hasPrefix(modules) && !files.contains($0) }) {
            // The rest of the path is the same; of several the shortest is the file itself.
            let rest = module.bytes.dropFirst(modules.count - 1)
            let homes = files.filter { $0.bytes.count > rest.count && $0.bytes.suffix(rest.count) == rest }
            if let home = homes.min(by: { ($0.count, $0) < ($1.count, $1) }) {
                folders.append((modules, ByteString(home.bytes.dropLast(rest.count - 1))))
            }
        }
        folders += ["bin/", "Scripts/"].map { (scripts, $0) }
    }

    private static let modules: ByteString = "site-packages/"
    private static let scripts: ByteString = "python-scripts/"

    private static func isShort(_ path: ByteString) -> Bool { path.hasPrefix(modules) || path.hasPrefix(scripts) }

    func makeIterator() -> some IteratorProtocol<(path: ByteString?, row: JSONValue)> {
        rows.lazy.map { (path: $0["_path"]?.bytes.map(inEnvironment), row: $0) }.makeIterator()
    }

    /// Whether the file differs from that of the package because a path was put into it. In mamba's records only these hashes
    /// tell.
    static func isChanged(_ row: JSONValue) -> Bool {
        guard row["path_type"]?.string == "hardlink", let original = row["sha256"]?.string,
            let installed = row["sha256_in_prefix"]?.string
        else { return false }
        return !installed.isEmpty && installed != original
    }

    /// The path in the environment of the file that a row calls `path`.
    func inEnvironment(_ path: ByteString) -> ByteString {
        if folders.isEmpty || !RecordedPaths.isShort(path) || files.contains(path) { return path }
        for folder in folders where path.hasPrefix(folder.short) {
            let target = folder.target + ByteString(path.bytes.dropFirst(folder.short.count))
            if files.contains(target) { return target }
        }
        return path
    }
}
