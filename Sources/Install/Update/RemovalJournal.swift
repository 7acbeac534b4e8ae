import Support

/// The list of files an update is about to write and to remove, kept in the environment until all is done: an update that
/// was broken off may have removed the very records that name them.
enum RemovalJournal {
    static let path: ByteString = "conda-meta/.pixi-pack-update"

    /// Begins every journal of this form.
    private static let heading: ByteString = "pixi-pack update 1"
    private static let mostBytes = 1 << 30

    /// What a former update had still to do; nothing if the journal is not our own: it must belong to us or to root, and
    /// be no file of a package. Earlier programs let packages bring such a file.
    static func read(_ environment: ByteString) throws -> [PrefixPath] {
        let file = environment.appending(path: path)
        guard let text = OwnFile.read(file, limit: mostBytes), !OwnFile.isShipped(path, in: environment) else {
            return []
        }
        let lines = text.split(separator: 0)
        guard let first = lines.first, first.elementsEqual(heading.bytes) else { return [] }
        return try describing("could not read '\(file)'", remedy: "Replace the environment with --force.") {
            try lines.dropFirst().map { try PrefixPath(ByteString($0)) }
        }
    }

    /// Notes files; none: there is nothing left to do.
    static func write(_ files: [PrefixPath], _ session: PrefixSession) throws {
        let path = try PrefixPath(path)
        if files.isEmpty { return try session.remove(path) }
        let bytes = Array(([heading] + files.map(\.bytes)).map(\.bytes).joined(separator: [0]))
        try bytes.withUnsafeBytes {
            try session.write(path, mode: session.writer.masked(0o666), $0, isWhole: true)
        }
    }
}
