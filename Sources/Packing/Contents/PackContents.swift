import CondaModel
import Install
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
        /// Where a wheel lies that the lock file names by its place, without secrets: a URL, or a path as the lock file has
        /// it. Nil for wheels of an index.
        public var direct: String?

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

    /// What the pack says of the workspace it carries: enough to make the marks by which pixi knows the environment.
    public struct Carried: Sendable, Equatable {
        /// The name of the manifest's file.
        public var manifest: String
        /// By which pixi compares the environment with the lock file.
        public var hash: String
        /// What pixi takes the platform to have: `__glibc=2.28`.
        public var virtualPackages: [String]

        public init(manifest: String, hash: String, virtualPackages: [String]) {
            self.manifest = manifest
            self.hash = hash
            self.virtualPackages = virtualPackages
        }

        fileprivate init?(_ value: JSONValue) {
            guard let manifest = value["manifest"]?.string, let hash = value["environment-hash"]?.string else {
                return nil
            }
            let packages = value["virtual-packages"]?.elements.map { $0.compactMap(\.string) }
            self.init(manifest: manifest, hash: hash, virtualPackages: packages ?? [])
        }

        fileprivate func writeMembers(to writer: inout JSONWriter) {
            writer.member("manifest", manifest)
            writer.member("environment-hash", hash)
            writer.member("virtual-packages", virtualPackages)
        }
    }

    /// A file the environment needs and a delta pack does not have (docs/format.md).
    public struct Requirement: Sendable, Equatable {
        public var path: RelativePath
        /// Nil if neither lock file nor base know it.
        public var sha256: SHA256Digest?
        /// Bytes; nil if neither lock file nor base know it.
        public var size: Int64?
        /// As of a `Member`.
        public var url: String?
        public var channel: String?
        public var direct: String?

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
    /// Nil if the pack does not carry the workspace's own files.
    public var carried: Carried?
    /// What the solver of the lock file assumed of the machine, as the lock writes it: `__glibc=2.28`.
    public var virtualPackages: [String] = []
    public var leftOut: [LeftOut] = []
    /// File names.
    public var injected: [String] = []
    public var built: [BuildNote] = []
    /// Wheels, by their file name, with the number of their files that are not as their RECORD says.
    public var unlikeRecord: [UnlikeRecord] = []
    /// Match specs of the conda packages the manifest asks for; nil if the pack was not made from a workspace.
    public var requested: [String]?
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
        if let carried {
            writer.key("carried")
            writer.object { carried.writeMembers(to: &$0) }
        }
        if !virtualPackages.isEmpty { writer.member("virtual-packages", virtualPackages) }
        writer.member("requested", requested)
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
                        writer.member("url", requirement.url)
                        writer.member("channel", requirement.channel)
                        writer.member("direct", requirement.direct)
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
                    writer.member("direct", member.direct)
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
            contents.carried = json.present("carried").flatMap { Carried($0) }
            contents.virtualPackages = elements(json["virtual-packages"]).compactMap(\.string)
            contents.requested = json["requested"]?.elements.map { $0.compactMap(\.string) }
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
                    var requirement = Requirement(
                        path: try RelativePath(file.name),
                        sha256: file.value["sha256"]?.string.flatMap { SHA256Digest(hex: $0) },
                        size: file.value["size"]?.int64)
                    requirement.url = file.value["url"]?.string
                    requirement.channel = file.value["channel"]?.string
                    requirement.direct = file.value["direct"]?.string
                    return requirement
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
                member.direct = file.value["direct"]?.string
                return member
            }
            return contents
        }
    }

    /// Where the pack's wheels come from, by their paths in the pack. A path that counts from the folder of the lock file
    /// says nothing here.
    var wheelOrigins: [RelativePath: WheelOrigin] {
        var origins: [RelativePath: WheelOrigin] = [:]
        let all = members.map { ($0.path, $0.url, $0.direct) } + (required ?? []).map { ($0.path, $0.url, $0.direct) }
        for (path, url, direct) in all where path.parent?.bytes == "pypi" {
            var origin = WheelOrigin(url: url)
            if let direct, let location = try? PackageLocation(parsing: ByteString(direct)) {
                switch location {
                case .url(let url): origin.direct = url.withoutCredentials
                case .path(let place): origin.direct = place.hasPrefix("/") ? FileURL.text(place) : nil
                }
            }
            origins[path] = origin
        }
        return origins
    }

    /// Where the pack's packages were fetched from, by their paths in the pack, as far as it says so.
    var origins: [RelativePath: PackageOrigin] {
        var origins: [RelativePath: PackageOrigin] = [:]
        let all = members.map { ($0.path, $0.url, $0.channel) } + (required ?? []).map { ($0.path, $0.url, $0.channel) }
        for (path, url, channel) in all {
            guard let url, path.parent?.bytes != "pypi" else { continue }
            origins[path] = PackageOrigin(url: url, channel: channel)
        }
        return origins
    }

    private static func elements(_ value: JSONValue?) -> AnySequence<JSONValue> {
        value?.elements.map { AnySequence($0) } ?? AnySequence([])
    }
}
