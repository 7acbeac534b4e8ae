import Support

/// Finds the lock file of a workspace.
extension LockFile {
    /// The usual names of lock files, in the order in which they are looked for.
    public static let usualNames: [ByteString] = ["pixi.lock", "conda.lock", "conda-lock.yml"]

    /// Finds the lock file of a workspace in a folder, or beside any file: `pixi.lock`, else `conda.lock`, else
    /// `conda-lock.yml`. A file that is itself a lock file is taken, whatever its name (docs/spec/lock.md#finding).
    ///
    /// - Throws: `Failure` if nothing is at `manifest`, or the system does not tell.
    public static func locate(manifest: ByteString) throws -> ByteString {
        do {
            let kind = try Sys.stat(manifest).st_mode & 0o170000
            if kind == 0o040000 { return try find(in: manifest, usualNames) }
            if manifest.lastPathComponent == usualNames[0] || kind == 0o100000 && isLockFile(manifest) {
                return manifest
            }
            // conda-workspaces keeps its lock file beside its manifest.
            let isOfConda = manifest.lastPathComponent == "conda.toml"
            return try find(in: manifest.parentPath, isOfConda ? [usualNames[1]] + usualNames : usualNames)
        } catch let error where error.isAbsence {
            throw Failure(
                "manifest path does not exist at \(manifest)",
                remedy: "Name the workspace's folder or a file in it; 'pixi lock' makes its pixi.lock.", kind: .notFound
            )
        } catch {
            throw Failure("could not read manifest path '\(manifest)'", cause: error)
        }
    }

    /// The first of the names that exists; if none does, the path of `pixi.lock`, for the error message.
    private static func find(in directory: ByteString, _ names: [ByteString]) throws(SystemError) -> ByteString {
        for name in names {
            let path = directory.appending(path: name)
            if try Sys.exists(path) { return path }
        }
        return directory.appending(path: usualNames[0])
    }

    /// Whether a file begins like a lock file: with a map that has `environments` or `package`, and a `version` or the
    /// `metadata` of conda-lock.
    private static func isLockFile(_ path: ByteString) -> Bool {
        guard let slice = try? File.open(path).slice() else { return false }
        let count = Int(min(slice.length, 1 << 18))
        let head = try? [UInt8](unsafeUninitializedCapacity: count) { buffer, size in
            try slice.readFully(at: 0, into: UnsafeMutableRawBufferPointer(buffer))
            size = count
        }
        var keys: Set<ByteString> = []
        for line in (head ?? []).split(separator: UInt8(ascii: "\n")) {
            let key = line.prefix { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "_") }
            if !key.isEmpty, line.dropFirst(key.count).first == UInt8(ascii: ":") { keys.insert(ByteString(key)) }
        }
        return !keys.isDisjoint(with: ["version", "metadata"]) && !keys.isDisjoint(with: ["environments", "package"])
    }
}
