import Support

/// What a relocation was about to do, kept in the environment until it is complete: a run that was broken off is completed by
/// the next one, which finds here from which path to which, and what each file becomes.
///
/// It counts only if the environment's state has its hash, so that a file of this name from a package has no effect.
struct RelocationJournal {
    let from: ByteString
    let to: FinalPrefix
    /// The hash of each file that is written.
    let written: [PrefixPath: SHA256Digest]

    private static let path: ByteString = "conda-meta/.pixi-pack-relocation"
    private static let mostBytes = 1 << 30

    init(from: ByteString, to: FinalPrefix, steps: [RelocationStep]) {
        self.from = from
        self.to = to
        written = Dictionary(steps.map { ($0.file.path, $0.after) }, uniquingKeysWith: { first, _ in first })
    }

    /// The journal of a relocation that was broken off; nil if there was none.
    static func read(_ environment: ByteString, _ state: EnvironmentState?) throws -> RelocationJournal? {
        guard let expected = state?.relocation else { return nil }
        let file = environment.appending(path: path)
        guard let text = try OwnFile.read(file, limit: mostBytes), SHA256Hasher.hash(text) == expected else {
            throw Failure(
                "a relocation of the environment was broken off, and '\(file)', which says how far it came, was changed",
                remedy: "Unpack the pack again, to this place.")
        }
        return try RelocationJournal(parsing: text)
    }

    private init(parsing text: [UInt8]) throws {
        let root = try JSONDocument(text).root
        guard let from = root["from"]?.bytes, let to = root["to"]?.bytes, to.hasPrefix("/") else {
            throw Failure("the notes of the relocation do not name both paths")
        }
        self.from = from
        self.to = root["named"]?.bool == true ? try FinalPrefix(named: to) : FinalPrefix(at: to)
        var written: [PrefixPath: SHA256Digest] = [:]
        for row in root["files"]?.elements.map(Array.init) ?? [] {
            guard let path = row["path"]?.bytes, let digest = row["sha256"]?.string.flatMap({ SHA256Digest(hex: $0) })
            else { continue }
            written[try PrefixPath(path)] = digest
        }
        self.written = written
    }

    /// Writes it.
    ///
    /// - Returns: its hash, for the environment's state.
    func write(_ session: PrefixSession) throws -> SHA256Digest {
        var writer = JSONWriter(reserving: 1024 + written.count * 160)
        writer.object { writer in
            writer.key("from")
            writer.value(from)
            writer.key("to")
            writer.value(to.path)
            writer.key("named")
            writer.value(to.isNamed)
            writer.objects("files", written.keys.sorted()) { writer, path in
                writer.key("path")
                writer.value(path.bytes)
                writer.member("sha256", written[path]?.hex)
            }
        }
        let bytes = writer.bytes
        try bytes.withUnsafeBytes {
            try session.write(try PrefixPath(Self.path), mode: 0o644, $0, appears: .whenFinished)
        }
        return SHA256Hasher.hash(bytes)
    }

    /// Removes it: the relocation is complete.
    static func remove(_ session: PrefixSession) throws { try session.remove(try PrefixPath(path)) }
}
