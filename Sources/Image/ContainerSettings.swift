import CondaModel
import OCI
import Support

/// What the configuration of a container image says beside its layers.
public struct ContainerSettings: Sendable {
    /// The program and its first arguments; nil: that of the base image.
    public var entrypoint: [String]?
    /// `USER[:GROUP]`; nil: that of the base image.
    public var user: String?
    /// In addition to those of the base image.
    public var labels: [(key: String, value: String)] = []

    public init() {}
}

/// Where a base image is: a layout on the disk, a registry.
public protocol ImageSource: Sendable {
    /// For messages.
    var name: ByteString { get }
    /// What a tag or digest names.
    func find(tag: String?, digest: SHA256Digest?) throws -> OCIDescriptor
    /// A manifest, index or configuration, whose hash was compared.
    func document(_ descriptor: OCIDescriptor) throws -> [UInt8]
    /// Puts layers into a layout; their hashes are compared.
    func bring(_ layers: [OCIDescriptor], to layout: OCILayout) throws
}

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

extension OCILayout: ImageSource {
    public var name: ByteString { path }

    public func bring(_ layers: [OCIDescriptor], to layout: OCILayout) throws {
        for layer in layers { _ = try layout.put(try verifiedBlob(layer), mediaType: layer.mediaType) }
    }
}

extension OCIPlatform {
    /// The platform of containers that run an environment (Go's names); nil if there are none.
    public init?(running platform: Platform) {
        switch platform {
        case .linux64: self.init(architecture: "amd64", os: "linux")
        case .linux32: self.init(architecture: "386", os: "linux")
        case .linuxAarch64: self.init(architecture: "arm64", os: "linux")
        case .linuxArmv6l: self.init(architecture: "arm", os: "linux", variant: "v6")
        case .linuxArmv7l: self.init(architecture: "arm", os: "linux", variant: "v7")
        case .linuxPpc64le: self.init(architecture: "ppc64le", os: "linux")
        case .linuxPpc64: self.init(architecture: "ppc64", os: "linux")
        case .linuxS390x: self.init(architecture: "s390x", os: "linux")
        case .linuxRiscv64: self.init(architecture: "riscv64", os: "linux")
        case .linuxLoongarch64: self.init(architecture: "loong64", os: "linux")
        default: return nil
        }
    }
}
