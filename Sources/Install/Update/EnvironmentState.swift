import CondaModel
import LibC
import Support

/// What we noted about an environment when we made it, and no record of a package tells. It is a line of
/// `conda-meta/history`, a file that only the installation itself writes, never a package or wheel. conda ignores what
/// comes before its own entries (docs/format.md).
public struct EnvironmentState: Sendable, Equatable {
    /// The path of the file, relative to the environment.
    public static let path: ByteString = "conda-meta/history"

    /// A wheel that was installed.
    public struct Wheel: Sendable, Equatable {
        /// Its `.dist-info` folder.
        public var place: PrefixPath
        /// The name of the archive.
        public var fileName: ByteString
        /// The hash of the archive.
        public var sha256: SHA256Digest
        /// Where everybody may get it, without secrets; nil if that is not known.
        public var url: String?
        /// Folders for which it has an entry but no files. RECORD does not list them.
        var emptyFolders: [PrefixPath]

        init(
            place: PrefixPath, fileName: ByteString, sha256: SHA256Digest, emptyFolders: [PrefixPath] = []
        ) {
            self.place = place
            self.fileName = fileName
            self.sha256 = sha256
            self.emptyFolders = emptyFolders
        }
    }

    /// The signature that the contents were verified with.
    public struct Signature: Sendable, Equatable {
        /// The number of the key, as minisign writes it.
        var key: String
        /// The hash of the key itself.
        var sha256: SHA256Digest

        public init(key: String, sha256: SHA256Digest) {
            self.key = key
            self.sha256 = sha256
        }
    }

    /// The absolute path the environment was made for. Scripts and adapted files contain it.
    public var prefix: ByteString
    /// Whether the path was named apart from the place (`--prefix`): until it is used the environment may lie elsewhere.
    public var isNamed = false
    /// The Python that scripts name, relative to the environment; nil if there is none.
    var interpreter: PrefixPath?
    /// Sorted by place.
    public var wheels: [Wheel]
    /// The contents of the pack it was made from (`ContentDigest`); nil if not known.
    public var contents: SHA256Digest?
    /// Nil if the pack was not signed, or the signature was not checked.
    public var signature: Signature?
    /// What the environment was planned from; nil if its records may be others than those of a plan.
    var plan: PlanNote?
    /// The hash of the list of files that an unfinished update has touched (`UpdateJournal`); nil if no update is
    /// unfinished.
    var journal: SHA256Digest?
    /// The hash of the notes of an unfinished relocation (`RelocationJournal`); nil if none is unfinished.
    var relocation: SHA256Digest?

    /// Whether another state says the same but for what it was made from.
    func differsInNotes(from other: EnvironmentState) -> Bool {
        var former = other
        (former.contents, former.signature, former.plan) = (contents, signature, plan)
        return former != self
    }

    /// Whether every change of the environment was completed.
    public var isComplete: Bool { journal == nil }

    public init(prefix: ByteString, interpreter: PrefixPath? = nil, wheels: [Wheel] = []) {
        self.prefix = prefix
        self.interpreter = interpreter
        self.wheels = wheels
    }

    private static let version: UInt64 = 1
    static let mostBytes = 64 << 20
    /// The complete history file of the original (docs/spec/install.md#history).
    private static let heading: ByteString = "// not relevant for pixi but for `conda run -p`\n"
    private static let mark: ByteString = "// pixi-pack: "

    // MARK: Reading

    /// The state noted in an environment.
    ///
    /// - Returns: nil if there is none, or none that can be trusted: the file must be a regular one that belongs to
    ///   this user or to root.
    ///
    /// - Parameter ofAnybody: whether the file may belong to other users.
    public static func read(_ environment: ByteString, ofAnybody: Bool = false) throws -> EnvironmentState? {
        guard let text = try OwnFile.read(environment.appending(path: path), limit: mostBytes, ofAnybody: ofAnybody)
        else {
            return nil
        }
        let lines = text.split(separator: 0x0A, maxSplits: 2)
        guard lines.count > 1, lines[1].starts(with: mark.bytes) else { return nil }
        return try? EnvironmentState(parsing: Array(lines[1].dropFirst(mark.count)))
    }

    init(parsing text: [UInt8]) throws {
        let root = try JSONDocument(text).root
        guard root["version"]?.uint64 == Self.version, let prefix = root["prefix"]?.bytes else {
            throw Failure("a path without string `_path`")
        }
        self.init(prefix: prefix)
        isNamed = root["named"]?.bool ?? false
        if let interpreter = root["interpreter"]?.bytes { self.interpreter = try PrefixPath(interpreter) }
        for wheel in root["wheels"]?.elements.map(Array.init) ?? [] {
            guard let place = wheel["path"]?.bytes, let fileName = wheel["file"]?.bytes,
                let sha256 = wheel["sha256"]?.string.flatMap({ SHA256Digest(hex: $0) })
            else { throw Failure("a path without string `_path`") }
            let folders = try (wheel["folders"]?.elements.map(Array.init) ?? []).compactMap(\.bytes).map {
                try PrefixPath($0)
            }
            var noted = Wheel(place: try PrefixPath(place), fileName: fileName, sha256: sha256, emptyFolders: folders)
            noted.url = wheel["url"]?.string
            wheels.append(noted)
        }
        contents = root["contents"]?.string.flatMap { SHA256Digest(hex: $0) }
        if let entry = root["signature"], let key = entry["key"]?.string,
            let sha256 = entry["sha256"]?.string.flatMap({ SHA256Digest(hex: $0) })
        {
            signature = Signature(key: key, sha256: sha256)
        }
        plan = root["plan"].flatMap { PlanNote(parsing: $0) }
        relocation = root["relocation"]?.string.flatMap { SHA256Digest(hex: $0) }
        journal = root["update"]?.string.flatMap { SHA256Digest(hex: $0) }
    }

    // MARK: Writing

    /// Notes the state; what was noted before is replaced, the entries of the history stay.
    ///
    /// - Parameters:
    ///   - environment: where the environment is.
    ///   - umask: permission bits that the file does not get.
    /// - Throws: `Failure` naming the file.
    public func write(to environment: ByteString, umask: UInt32) throws {
        let path = environment.appending(path: Self.path)
        try describing("could not note the state of the environment") {
            try WholeFile.write(rendered(try EnvironmentHistory.read(environment)), to: path, umask: umask)
        }
    }

    /// The text of the file. Equal states and histories give equal texts.
    func rendered(_ history: EnvironmentHistory) -> [UInt8] {
        var writer = JSONWriter(reserving: 512 + wheels.count * 256)
        writer.object { writer in
            writer.member("version", Optional(Self.version))
            writer.key("prefix")
            writer.value(prefix)
            if isNamed {
                writer.key("named")
                writer.value(true)
            }
            if let interpreter {
                writer.key("interpreter")
                writer.value(interpreter.bytes)
            }
            writer.objects("wheels", wheels.sorted { $0.place < $1.place }) { writer, wheel in
                writer.key("path")
                writer.value(wheel.place.bytes)
                writer.key("file")
                writer.value(wheel.fileName)
                writer.member("sha256", wheel.sha256.hex)
                writer.member("url", wheel.url)
                if wheel.emptyFolders.isEmpty { return }
                writer.key("folders")
                writer.array { writer in for folder in wheel.emptyFolders { writer.value(folder.bytes) } }
            }
            writer.member("contents", contents?.hex)
            if let plan {
                writer.key("plan")
                writer.object { plan.writeMembers(to: &$0) }
            }
            writer.member("update", journal?.hex)
            writer.member("relocation", relocation?.hex)
            guard let signature else { return }
            writer.key("signature")
            writer.object { writer in
                writer.member("key", signature.key)
                writer.member("sha256", signature.sha256.hex)
            }
        }
        // All newlines are between tokens, as those in texts are escaped.
        let line = writer.bytes.split(separator: 0x0A).flatMap { $0.drop { $0 == UInt8(ascii: " ") } }
        return Self.heading.bytes + Self.mark.bytes + line + [0x0A] + history.bytes
    }
}
