import Support

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// How the files of an environment differ from what its packages brought.
struct PrefixChanges {
    /// Sorted by path.
    private(set) var modified: [ByteString] = []
    private(set) var missing: [ByteString] = []
    private(set) var added: [ByteString] = []

    /// Compares by hash; a file that cannot be read counts as modified.
    init(_ prefix: ByteString, _ files: [PrefixFileRecord]) {
        let found = Locked<(modified: [ByteString], missing: [ByteString])>(([], []))
        // The body throws nothing.
        try? WorkerPool(width: WorkerPool.usableCPUs).forEach(count: files.count) { index, _ in
            let file = files[index]
            let path = prefix.appending(path: file.path)
            guard (try? Sys.exists(path)) == true else {
                found.withLock { $0.missing.append(file.path) }
                return
            }
            guard let expected = file.sha256 else { return }
            if (try? File.open(path).slice().sha256()) != expected { found.withLock { $0.modified.append(file.path) } }
        }
        (modified, missing) = found.withLock { ($0.modified.sorted(), $0.missing.sorted()) }
        // Byte code is made again by whoever runs it.
        missing.removeAll { $0.hasSuffix(".pyc") }
        let known = Set(files.map(\.path))
        PrefixChanges.walk(prefix, below: nil, depth: 0) { path in
            if !known.contains(path), !path.hasSuffix(".pyc") { added.append(path) }
        }
        added.sort()
    }

    private static func walk(_ prefix: ByteString, below: ByteString?, depth: Int, _ body: (ByteString) -> Void) {
        guard depth < 64, let names = try? Sys.list(below.map { prefix.appending(path: $0) } ?? prefix) else { return }
        // Installers' own, not packages'.
        let installers: [ByteString] = ["conda-meta", "CACHEDIR.TAG"]
        for name in names where !(below == nil && installers.contains(name)) {
            let path = below?.appending(path: name) ?? name
            guard let status = try? Sys.stat(prefix.appending(path: path), followLinks: false) else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                walk(prefix, below: path, depth: depth + 1, body)
            } else {
                body(path)
            }
        }
    }
}
