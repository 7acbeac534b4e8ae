import Support

/// The list of paths that an update is about to write and remove. It is kept in the environment until the update is
/// complete. A later run finds in it which files may be in the old or in the new state, and which are in no record any
/// more.
///
/// It counts only if the environment's state has its hash, so that a file of this name from a package has no effect.
enum UpdateJournal {
    private static let path: ByteString = "conda-meta/.pixi-pack-update"
    private static let mostBytes = 1 << 30

    /// The paths of an update that was interrupted; empty if there was none.
    static func read(_ environment: ByteString, _ state: EnvironmentState?) throws -> Set<PrefixPath> {
        guard let expected = state?.journal else { return [] }
        let file = environment.appending(path: path)
        guard let text = try OwnFile.read(file, limit: mostBytes), SHA256Hasher.hash(text) == expected else {
            throw Failure(
                "an update of the environment was broken off, and '\(file)', which says how far it came, was changed",
                remedy: "Replace the environment with --force.")
        }
        return Set(try text.split(separator: 0).map { try PrefixPath(ByteString($0)) })
    }

    /// Writes the list.
    ///
    /// - Returns: the hash, for the environment's state.
    static func write(_ paths: Set<PrefixPath>, _ session: PrefixSession) throws -> SHA256Digest {
        let bytes = Array(paths.sorted().map(\.bytes.bytes).joined(separator: [0]))
        try bytes.withUnsafeBytes {
            try session.write(try PrefixPath(path), mode: session.writer.masked(0o666), $0, appears: .whenFinished)
        }
        return SHA256Hasher.hash(bytes)
    }

    /// Whether there is a list, whoever wrote it.
    static func isThere(_ environment: ByteString) throws -> Bool {
        try Sys.exists(environment.appending(path: path))
    }

    /// Removes the list: the update is complete.
    static func remove(_ session: PrefixSession) throws { try session.remove(try PrefixPath(path)) }
}
