import Support

/// A reference to content by its hash, size and kind (OCI image specification, descriptor.md).
public struct OCIDescriptor: Sendable, Equatable {
    public var mediaType: String
    public var digest: SHA256Digest
    /// Bytes.
    public var size: Int64
    /// What kind of thing a manifest is, where a list names it.
    public var artifactType: String?
    /// In the order they are written.
    public var annotations: OCIAnnotations = [:]
    /// Of a manifest in an index.
    public var platform: OCIPlatform?

    public init(mediaType: String, digest: SHA256Digest, size: Int64) {
        self.mediaType = mediaType
        self.digest = digest
        self.size = size
    }

    /// The descriptor of bytes that are at hand.
    public init(mediaType: String, of bytes: [UInt8]) {
        self.init(mediaType: mediaType, digest: SHA256Hasher.hash(bytes), size: Int64(bytes.count))
    }

    /// `sha256:` and 64 digits, as references and registries write it.
    public var digestText: String { "sha256:\(digest.hex)" }

    /// - Throws: `Failure` if it is none, or has a hash of another kind.
    init(_ json: JSONValue) throws {
        guard let mediaType = json["mediaType"]?.string, let text = json["digest"]?.string,
            let size = json["size"]?.int64, size >= 0
        else { throw Failure("a descriptor without media type, digest or size") }
        guard let digest = OCIDescriptor.digest(text) else {
            throw Failure("the digest '\(text)' is no SHA-256", remedy: "Push it again with SHA-256 digests.")
        }
        self.init(mediaType: mediaType, digest: digest, size: size)
        artifactType = json.present("artifactType")?.string
        annotations = OCIAnnotations(json.present("annotations"))
        platform = json.present("platform").flatMap { OCIPlatform($0) }
    }

    /// The SHA-256 of `sha256:…`; nil if it is something else.
    public static func digest(_ text: some StringProtocol) -> SHA256Digest? {
        guard text.hasPrefix("sha256:") else { return nil }
        return SHA256Digest(hex: text.dropFirst("sha256:".count))
    }

    /// Writes the members of the object.
    func writeMembers(to writer: inout JSONWriter) {
        writer.member("mediaType", mediaType)
        writer.member("digest", digestText)
        writer.member("size", Optional(size))
        writer.member("artifactType", artifactType)
        if let platform {
            writer.key("platform")
            writer.object { platform.writeMembers(to: &$0) }
        }
        annotations.write(to: &writer)
    }
}

/// The machine a manifest is for, in the words of Go.
public struct OCIPlatform: Sendable, Equatable {
    public var architecture: String
    public var os: String
    /// Such as `v8`.
    public var variant: String?

    public init(architecture: String, os: String, variant: String? = nil) {
        self.architecture = architecture
        self.os = os
        self.variant = variant
    }

    init?(_ json: JSONValue) {
        guard let architecture = json["architecture"]?.string, let os = json["os"]?.string else { return nil }
        self.init(architecture: architecture, os: os, variant: json.present("variant")?.string)
    }

    func writeMembers(to writer: inout JSONWriter) {
        writer.member("architecture", architecture)
        writer.member("os", os)
        writer.member("variant", variant)
    }
}

/// Keys and values, written in the order of their keys.
public struct OCIAnnotations: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    private var values: [String: String] = [:]

    public init(dictionaryLiteral elements: (String, String)...) {
        for (key, value) in elements { values[key] = value }
    }

    init(_ json: JSONValue?) {
        for member in json?.members.map(Array.init) ?? [] {
            if let value = member.value.string { values[member.name.lossyString] = value }
        }
    }

    public var isEmpty: Bool { values.isEmpty }

    public subscript(key: String) -> String? {
        get { values[key] }
        set { values[key] = newValue }
    }

    func write(to writer: inout JSONWriter) {
        if values.isEmpty { return }
        writer.key("annotations")
        writer.object { writer in
            for key in values.keys.sorted(by: { ByteString($0) < ByteString($1) }) { writer.member(key, values[key]) }
        }
    }
}

/// The kinds of content that are written here (OCI image specification, media-types.md).
public enum OCIMediaType {
    public static let manifest = "application/vnd.oci.image.manifest.v1+json"
    public static let index = "application/vnd.oci.image.index.v1+json"
    /// What `config` names where there is none: two bytes, `{}`.
    public static let empty = "application/vnd.oci.empty.v1+json"
    public static let imageConfig = "application/vnd.oci.image.config.v1+json"
    public static let layerTarGzip = "application/vnd.oci.image.layer.v1.tar+gzip"
    public static let layerTarZstd = "application/vnd.oci.image.layer.v1.tar+zstd"
    /// What Docker calls a manifest and an index.
    static let dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
    static let dockerList = "application/vnd.docker.distribution.manifest.list.v2+json"

    /// What a registry may answer with when it is asked for a manifest.
    public static let allManifests = [manifest, index, dockerManifest, dockerList]
}

/// Keys of annotations (OCI image specification, annotations.md).
public enum OCIAnnotation {
    public static let created = "org.opencontainers.image.created"
    public static let licenses = "org.opencontainers.image.licenses"
    public static let refName = "org.opencontainers.image.ref.name"
    public static let source = "org.opencontainers.image.source"
    public static let title = "org.opencontainers.image.title"
    public static let version = "org.opencontainers.image.version"
}
