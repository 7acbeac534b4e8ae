import Support

/// The list of paths an update is about to write and to remove, kept in the environment until all is done. Whatever is
/// unpacked after an update that was broken off knows by it which files may be of one state or the other, and those that
/// no record names any more.
///
/// It counts only if the environment's state names its hash: a file by this name that a package brought steers nothing.
enum UpdateJournal {
    private static let path: ByteString = "conda-meta/.pixi-pack-update"
    private static let mostBytes = 1 << 30

    /// What a former update left undone; nothing if none did.
    static func read(_ environment: ByteString, _ state: EnvironmentState?) throws -> Set<PrefixPath> {
        guard let expected = state?.journal else { return [] }
        let file = environment.appending(path: path)
        guard let text = OwnFile.read(file, limit: mostBytes), SHA256Hasher.hash(text) == expected else {
            throw Failure(
                "an update of the environment was broken off, and '\(file)', which says how far it came, was changed",
                remedy: "Replace the environment with --force.")
        }
        return Set(try text.split(separator: 0).map { try PrefixPath(ByteString($0)) })
    }

    /// Notes paths.
    ///
    /// - Returns: the hash, for the environment's state.
    static func write(_ paths: Set<PrefixPath>, _ session: PrefixSession) throws -> SHA256Digest {
        let bytes = Array(paths.sorted().map(\.bytes.bytes).joined(separator: [0]))
        try bytes.withUnsafeBytes {
            try session.write(try PrefixPath(path), mode: session.writer.masked(0o666), $0, appears: .whenFinished)
        }
        return SHA256Hasher.hash(bytes)
    }

    /// There is nothing left to do.
    static func remove(_ session: PrefixSession) throws { try session.remove(try PrefixPath(path)) }
}
