import Support

/// The list of files an update is about to remove, kept in the environment until they are gone: an update that was broken
/// off may have removed the very records that name them.
enum RemovalJournal {
    static let path: ByteString = "conda-meta/.pixi-pack-removing"

    /// What a former update had still to remove.
    static func read(_ environment: ByteString) throws -> [PrefixPath] {
        let file = environment.appending(path: path)
        guard try Sys.exists(file) else { return [] }
        return try describing("could not read '\(file)'", remedy: "Replace the environment with --force.") {
            try File.open(file).slice().readAll().split(separator: 0).map { try PrefixPath(ByteString($0)) }
        }
    }

    /// Notes files; none: there is nothing left to do.
    static func write(_ files: [PrefixPath], _ session: PrefixSession) throws {
        let path = try PrefixPath(path)
        if files.isEmpty { return try session.remove(path) }
        let bytes = Array(files.map(\.bytes.bytes).joined(separator: [0]))
        try bytes.withUnsafeBytes {
            try session.write(path, mode: session.writer.masked(0o666), $0, isWhole: true)
        }
    }
}
