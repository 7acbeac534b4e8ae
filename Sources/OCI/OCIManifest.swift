import Support

/// A manifest: a configuration and the layers that belong to it (OCI image specification, manifest.md).
public struct OCIManifest: Sendable, Equatable {
    /// What kind of thing it is, where that is no container image.
    public var artifactType: String?
    public var config: OCIDescriptor
    public var layers: [OCIDescriptor]
    /// The manifest this one says something about: a signature, a bill of materials.
    public var subject: OCIDescriptor?
    public var annotations: OCIAnnotations = [:]

    public init(config: OCIDescriptor, layers: [OCIDescriptor]) {
        self.config = config
        self.layers = layers
    }

    /// - Throws: `Failure` if the text is no manifest.
    public init(_ text: [UInt8]) throws {
        let json = try JSONDocument(text).root
        guard let config = json.present("config"), let layers = json.present("layers")?.elements else {
            throw Failure("a manifest without config or layers")
        }
        self.config = try OCIDescriptor(config)
        self.layers = try layers.map { try OCIDescriptor($0) }
        artifactType = json.present("artifactType")?.string
        subject = try json.present("subject").map { try OCIDescriptor($0) }
        annotations = OCIAnnotations(json.present("annotations"))
    }

    /// The kind of thing: `artifactType`, or that of its configuration (written before version 1.1 of the specification).
    public var kind: String { artifactType ?? config.mediaType }

    /// The text; the same for equal manifests.
    public func render() -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("schemaVersion", Optional(2))
            writer.member("mediaType", OCIMediaType.manifest)
            writer.member("artifactType", artifactType)
            writer.key("config")
            writer.object { config.writeMembers(to: &$0) }
            writer.objects("layers", layers) { $1.writeMembers(to: &$0) }
            if let subject {
                writer.key("subject")
                writer.object { subject.writeMembers(to: &$0) }
            }
            annotations.write(to: &writer)
        }
        return writer.bytes
    }
}
