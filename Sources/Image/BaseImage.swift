import OCI
import Support

/// The image that others are built on.
public struct BaseImage: Sendable {
    let source: any ImageSource
    let manifest: OCIManifest
    /// The text of its configuration.
    let config: [UInt8]

    /// - Throws: `Failure` if there is no such image, or none for the platform.
    public init(
        _ source: any ImageSource, tag: String?, digest: SHA256Digest? = nil, for platform: OCIPlatform
    ) throws {
        self = try describing(
            "could not use the base image of '\(source.name)'",
            remedy: "Name an image for the same platform: oci://REGISTRY/REPOSITORY:TAG, or oci:DIR:TAG."
        ) {
            try BaseImage(source, source.find(tag: tag, digest: digest), for: platform, depth: 0)
        }
    }

    private init(
        _ source: any ImageSource, _ descriptor: OCIDescriptor, for platform: OCIPlatform, depth: Int
    ) throws {
        switch try OCIContent(source.document(descriptor)) {
        case .index(let index):
            let fitting = index.manifests.first { entry in
                entry.platform.map { $0.os == platform.os && $0.architecture == platform.architecture } ?? false
            }
            guard let fitting, depth < 4 else {
                throw Failure("it has no image for \(platform.os)/\(platform.architecture)")
            }
            self = try BaseImage(source, fitting, for: platform, depth: depth + 1)
        case .manifest(let manifest):
            let config = try source.document(manifest.config)
            let root = try JSONDocument(config).root
            guard root["os"]?.string == platform.os, root["architecture"]?.string == platform.architecture else {
                throw Failure(
                    "it is for \(root["os"]?.string ?? "?")/\(root["architecture"]?.string ?? "?"), the environment for "
                        + "\(platform.os)/\(platform.architecture)")
            }
            self.source = source
            self.manifest = manifest
            self.config = config
        }
    }

    /// Its layers, from the lowest; those of Docker as the same thing is called in OCI images.
    public var layers: [OCIDescriptor] {
        manifest.layers.map { layer in
            var layer = layer
            if layer.mediaType == "application/vnd.docker.image.rootfs.diff.tar.gzip" {
                layer.mediaType = OCIMediaType.layerTarGzip
            }
            return layer
        }
    }

    /// Puts those of these layers into a layout that it lacks.
    public func bring(_ layers: [OCIDescriptor], to layout: OCILayout) throws {
        let missing = layers.filter { !layout.contains($0) }
        if missing.isEmpty { return }
        try describing("could not use the base image of '\(source.name)'") {
            try source.bring(missing, to: layout)
        }
    }
}
