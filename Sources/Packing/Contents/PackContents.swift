import CondaModel
import Support

/// The `contents` object of pixi-pack.json: what is in the pack, where it comes from and what is not in it
/// (docs/format.md). The original ignores it.
public struct PackContents: Sendable, Equatable {
    /// A package that belongs to the environment and is not in the pack.
    public struct LeftOut: Sendable, Equatable {
        public var name: String
        /// Without secrets.
        public var source: String
        public var reason: String

        public init(name: String, source: String, reason: String) {
            self.name = name
            self.source = source
            self.reason = reason
        }

        /// Writes the members of an object.
        func writeMembers(to writer: inout JSONWriter) {
            writer.member("name", name)
            writer.member("source", source)
            writer.member("reason", reason)
        }
    }

    /// A file of the pack; pixi-pack.json itself is not listed.
    public struct Member: Sendable, Equatable {
        public var path: RelativePath
        public var sha256: SHA256Digest
        /// Bytes.
        public var size: Int64
        /// Where a package was fetched from, without secrets; nil for files that were at hand.
        public var url: String?
        /// The channel of a conda package: its URL without platform and file.
        public var channel: String?

        public init(path: RelativePath, sha256: SHA256Digest, size: Int64) {
            self.path = path
            self.sha256 = sha256
            self.size = size
        }
    }

    /// The workspace a pack was made of, as its manifest calls it.
    public struct Workspace: Sendable, Equatable {
        public var name: String
        public var version: String?

        public init(name: String, version: String?) {
            self.name = name
            self.version = version
        }
    }

    /// A file the environment needs and a delta pack does not have (docs/format.md).
    public struct Requirement: Sendable, Equatable {
        public var path: RelativePath
        /// Nil if neither lock file nor base know it.
        public var sha256: SHA256Digest?
        /// Bytes; nil if neither lock file nor base know it.
        public var size: Int64?

        public init(path: RelativePath, sha256: SHA256Digest?, size: Int64?) {
            self.path = path
            self.sha256 = sha256
            self.size = size
        }
    }

    /// A wheel with files that are not as its RECORD says: they were changed after it was written.
    public struct UnlikeRecord: Sendable, Equatable {
        public var fileName: String
        /// How many.
        public var files: Int64

        public init(fileName: String, files: Int64) {
            self.fileName = fileName
            self.files = files
        }
    }

    public var environment: String
    /// Name and version of the program.
    public var createdBy: String
    /// Of the lock file as it was read; nil if the pack was not made from one.
    public var lockSHA256: SHA256Digest?
    public var workspace: Workspace?
    /// What the solver of the lock file assumed of the machine, as the lock writes it: `__glibc=2.28`.
    public var virtualPackages: [String] = []
    public var leftOut: [LeftOut] = []
    /// File names.
    public var injected: [String] = []
    public var built: [BuildNote] = []
    /// Wheels, by their file name, with the number of their files that are not as their RECORD says.
    public var unlikeRecord: [UnlikeRecord] = []
    /// What a delta pack builds on; nil for whole packs. Sorted by path.
    public var required: [Requirement]?
    /// Sorted by path.
    public var members: [Member] = []

    public init(environment: String, createdBy: String) {
        self.environment = environment
        self.createdBy = createdBy
    }

    /// Writes the members of the object.
    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("environment", environment)
        writer.member("created-by", createdBy)
        writer.member("lock-sha256", lockSHA256?.hex)
        if let workspace {
            writer.key("workspace")
            writer.object { writer in
                writer.member("name", workspace.name)
                writer.member("version", workspace.version)
            }
        }
        if !virtualPackages.isEmpty { writer.member("virtual-packages", virtualPackages) }
        if !leftOut.isEmpty {
            writer.objects("left-out", leftOut) { $1.writeMembers(to: &$0) }
        }
        if !injected.isEmpty { writer.member("injected", injected) }
        if !built.isEmpty {
            writer.objects("built", built) { writer, note in
                writer.member("name", note.name)
                writer.member("source", note.source)
                writer.member("command", note.command)
                writer.member("file", note.fileName)
                writer.member("sha256", note.sha256)
            }
        }
        if !unlikeRecord.isEmpty {
            writer.objects("unlike-record", unlikeRecord) { writer, wheel in
                writer.member("file", wheel.fileName)
                writer.member("files", Optional(wheel.files))
            }
        }
        if let required {
            writer.key("requires")
            writer.object { writer in
                for requirement in required {
                    writer.key(requirement.path.bytes.lossyString)
                    writer.object { writer in
                        writer.member("sha256", requirement.sha256?.hex)
                        writer.member("size", requirement.size)
                    }
                }
            }
        }
        writer.key("files")
        writer.object { writer in
            for member in members {
                writer.key(member.path.bytes.lossyString)
                writer.object { writer in
                    writer.member("sha256", member.sha256.hex)
                    writer.member("size", Optional(member.size))
                    writer.member("url", member.url)
                    writer.member("channel", member.channel)
                }
            }
        }
    }

    /// Reads the object; nil if there is none.
    ///
    /// - Throws: `Failure` naming what is malformed: whoever damages it must not switch the checks off.
    public static func read(_ metadata: JSONValue) throws -> PackContents? {
        guard let json = metadata.present("contents") else { return nil }
        return try describing("the contents object of pixi-pack.json") {
            guard json.isObject else { throw Failure("expected a map, found \(json.kindName)") }
            var contents = PackContents(
                environment: json["environment"]?.string ?? "", createdBy: json["created-by"]?.string ?? "")
            contents.lockSHA256 = json["lock-sha256"]?.string.flatMap { SHA256Digest(hex: $0) }
            contents.workspace = json.present("workspace").flatMap { value in
                value["name"]?.string.map { Workspace(name: $0, version: value["version"]?.string) }
            }
            contents.virtualPackages = elements(json["virtual-packages"]).compactMap(\.string)
            contents.leftOut = elements(json["left-out"]).filter { $0["name"] != nil }.map {
                LeftOut(
                    name: $0["name"]?.string ?? "", source: $0["source"]?.string ?? "",
                    reason: $0["reason"]?.string ?? "")
            }
            contents.injected = elements(json["injected"]).compactMap(\.string)
            contents.built = elements(json["built"]).filter { $0["name"] != nil }.map {
                BuildNote(
                    name: $0["name"]?.string ?? "", source: $0["source"]?.string ?? "",
                    command: $0["command"]?.string ?? "", fileName: $0["file"]?.string ?? "",
                    sha256: $0["sha256"]?.string ?? "")
            }
            contents.unlikeRecord = elements(json["unlike-record"]).map {
                UnlikeRecord(fileName: $0["file"]?.string ?? "", files: $0["files"]?.int64 ?? 0)
            }
            contents.required = try json.present("requires").map { value in
                guard let members = value.members else { throw Failure("`requires` is not a map") }
                return try members.map { file in
                    Requirement(
                        path: try RelativePath(file.name),
                        sha256: file.value["sha256"]?.string.flatMap { SHA256Digest(hex: $0) },
                        size: file.value["size"]?.int64)
                }
            }
            guard let files = json["files"]?.members else { throw Failure("missing field `files`") }
            contents.members = try files.map { file in
                guard let hash = file.value["sha256"]?.string.flatMap({ SHA256Digest(hex: $0) }),
                    let size = file.value["size"]?.int64
                else { throw Failure("file '\(file.name)' has no usable sha256 and size") }
                var member = Member(path: try RelativePath(file.name), sha256: hash, size: size)
                member.url = file.value["url"]?.string
                member.channel = file.value["channel"]?.string
                return member
            }
            return contents
        }
    }

    private static func elements(_ value: JSONValue?) -> AnySequence<JSONValue> {
        value?.elements.map { AnySequence($0) } ?? AnySequence([])
    }
}
