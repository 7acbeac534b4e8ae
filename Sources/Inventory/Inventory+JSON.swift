import CondaModel
import Support

extension Inventory {
    /// The version of the format (docs/format.md).
    private static let version = 1

    /// Writes the members of the object; see docs/format.md for what they mean.
    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("inventory", Optional(Inventory.version))
        writer.member("environment", environment)
        writer.member("platform", platform.rawValue)
        writer.member("delta", delta)
        if let image {
            writer.key("image")
            writer.object { writer in
                writer.member("format", "squashfs")
                writer.member("prefix", image.prefix.lossyString)
                writer.member("size", Optional(image.size))
            }
        }
        origin.writeMembers(to: &writer)
        writer.member("size", Optional(size))
        writer.member("installed-size", installedSize)
        writer.member("other-size", Optional(otherSize))
        writer.objects("packages", items) { $1.writeMembers(to: &$0) }
    }

    /// Reads what `writeMembers(to:)` writes; unknown members are ignored.
    ///
    /// - Throws: `Failure` naming what is missing or malformed.
    public init(json: JSONValue) throws {
        guard let version = json["inventory"]?.uint64 else { throw Failure("no number `inventory`") }
        guard version == UInt64(Inventory.version) else {
            throw Failure(
                "it is a list of form \(version), this program reads form \(Inventory.version)",
                remedy: "Make it again with 'pixi-unpack inspect --json'.")
        }
        guard let platform = json["platform"]?.string else { throw Failure("no string `platform`") }
        guard let packages = json["packages"]?.elements else { throw Failure("no list `packages`") }
        self.init(
            environment: json["environment"]?.string, platform: try Platform(parsing: platform),
            items: try packages.enumerated().map { index, package in
                try describing("package \(index + 1)") { try Item(json: package) }
            })
        otherSize = json["other-size"]?.int64 ?? 0
        delta = json["delta"]?.int64.flatMap { Int(exactly: $0) }
        if let image = json["image"], let prefix = image["prefix"]?.bytes, let size = image["size"]?.int64 {
            self.image = Image(prefix: prefix, size: size)
        }
        func notes(_ value: JSONValue?) -> [Origin.Note] {
            (value?.elements.map { Array($0) } ?? []).map {
                Origin.Note(
                    name: $0["name"]?.string ?? "", source: $0["source"]?.string ?? "", reason: $0["reason"]?.string)
            }
        }
        origin.leftOut = notes(json["left-out"])
        origin.built = notes(json["built"])
        origin.injected = json["injected"]?.elements.map { $0.compactMap(\.string) } ?? []
        origin.signature = json["signature"]?.string
        origin.signedBy = json["signature-key"]?.string
        origin.createdBy = json["created-by"]?.string
        origin.lockSHA256 = json["lock-sha256"]?.string.flatMap { SHA256Digest(hex: $0) }
        origin.workspace = json["workspace"]?["name"]?.string
        origin.workspaceVersion = json["workspace"]?["version"]?.string
    }
}

extension Inventory.Item {
    /// Writes the members of the package's object.
    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("kind", kind.rawValue)
        writer.member("name", name.text)
        writer.member("version", version)
        writer.member("build", build)
        writer.member("subdir", subdir)
        if isForAnyPython { writer.member("noarch", "python") }
        writer.key("file")
        writer.value(path.bytes)
        writer.member("size", size)
        writer.member("installed-size", installedSize)
        writer.member("license", license)
        writer.member("sha256", sha256?.hex)
        writer.member("md5", md5?.hex)
        writer.member("depends", depends)
        writer.member("purls", purls)
        writer.member("timestamp", timestamp)
        writer.member("location", location)
        writer.member("channel", channelURL)
    }

    init(json: JSONValue) throws {
        func text(_ key: StaticString) throws -> String {
            guard let text = json[key]?.string else { throw Failure("no string `\(key)`") }
            return text
        }
        let kindName = try text("kind")
        guard let kind = Kind(rawValue: kindName) else { throw Failure("unknown `kind` '\(kindName)'") }
        let name = try text("name")
        self.init(
            name: kind == .conda ? .conda(try CondaName(name)) : .pypi(try PyPIName(name)),
            version: try text("version"),
            path: try RelativePath(ByteString(try text("file"))))
        build = json["build"]?.string
        subdir = json["subdir"]?.string
        isForAnyPython = json["noarch"]?.string == "python"
        size = json["size"]?.int64
        installedSize = json["installed-size"]?.int64
        license = json["license"]?.string
        sha256 = json["sha256"]?.string.flatMap { SHA256Digest(hex: $0) }
        md5 = json["md5"]?.string.flatMap { MD5Digest(hex: $0) }
        depends = json["depends"]?.elements.map { $0.compactMap(\.string) } ?? []
        purls = json["purls"]?.elements.map { $0.compactMap(\.string) }
        timestamp = json["timestamp"]?.int64
        location = json["location"]?.string
        channelURL = json["channel"]?.string
    }
}

extension Inventory.Origin {
    /// Writes what is known as members of the set's object.
    func writeMembers(to writer: inout JSONWriter) {
        if let workspace {
            writer.key("workspace")
            writer.object { writer in
                writer.member("name", workspace)
                writer.member("version", workspaceVersion)
            }
        }
        writer.member("created-by", createdBy)
        writer.member("lock-sha256", lockSHA256?.hex)
        writer.member("signature", signature)
        writer.member("signature-key", signedBy)
        for (name, notes) in [("left-out", leftOut), ("built", built)] where !notes.isEmpty {
            writer.objects(name, notes) { writer, note in
                writer.member("name", note.name)
                writer.member("source", note.source)
                writer.member("reason", note.reason)
            }
        }
        if !injected.isEmpty { writer.member("injected", injected) }
    }
}
