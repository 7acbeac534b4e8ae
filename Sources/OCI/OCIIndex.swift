import Support

/// A list of manifests (OCI image specification, image-index.md).
public struct OCIIndex: Sendable, Equatable {
    public var artifactType: String?
    public var manifests: [OCIDescriptor]
    public var annotations: OCIAnnotations = [:]

    public init(manifests: [OCIDescriptor]) { self.manifests = manifests }

    /// - Throws: `Failure` if the text is no index.
    public init(_ text: [UInt8]) throws {
        let json = try JSONDocument(text).root
        guard let manifests = json.present("manifests")?.elements else {
            throw Failure("a list of manifests without manifests")
        }
        self.manifests = try manifests.map { try OCIDescriptor($0) }
        artifactType = json.present("artifactType")?.string
        annotations = OCIAnnotations(json.present("annotations"))
    }

    /// The text; the same for equal lists.
    public func render() -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("schemaVersion", Optional(2))
            writer.member("mediaType", OCIMediaType.index)
            writer.member("artifactType", artifactType)
            writer.objects("manifests", manifests) { $1.writeMembers(to: &$0) }
            annotations.write(to: &writer)
        }
        return writer.bytes
    }
}
