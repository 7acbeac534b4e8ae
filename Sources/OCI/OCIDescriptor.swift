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
