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

/// The image that others are built on.
public struct BaseImage: Sendable {
    let layout: OCILayout
    let manifest: OCIManifest
    /// The text of its configuration.
    let config: [UInt8]

    /// - Throws: `Failure` if the layout has no such image, or none for the platform.
    public init(_ layout: OCILayout, tag: String?, digest: SHA256Digest? = nil, for platform: OCIPlatform) throws {
        let descriptor = try layout.find(tag: tag, digest: digest)
        self = try describing(
            "could not use the base image of '\(layout.path)'",
            remedy: "Name an image for the same platform: skopeo copy docker://IMAGE oci:DIR:TAG."
        ) { try BaseImage(layout, descriptor, for: platform, depth: 0) }
    }

    private init(_ layout: OCILayout, _ descriptor: OCIDescriptor, for platform: OCIPlatform, depth: Int) throws {
        switch try OCIContent(layout.document(descriptor)) {
        case .index(let index):
            let fitting = index.manifests.first { entry in
                entry.platform.map { $0.os == platform.os && $0.architecture == platform.architecture } ?? false
            }
            guard let fitting, depth < 4 else {
                throw Failure("it has no image for \(platform.os)/\(platform.architecture)")
            }
            self = try BaseImage(layout, fitting, for: platform, depth: depth + 1)
        case .manifest(let manifest):
            let config = try layout.document(manifest.config)
            let root = try JSONDocument(config).root
            guard root["os"]?.string == platform.os, root["architecture"]?.string == platform.architecture else {
                throw Failure(
                    "it is for \(root["os"]?.string ?? "?")/\(root["architecture"]?.string ?? "?"), the environment for "
                        + "\(platform.os)/\(platform.architecture)")
            }
            self.layout = layout
            self.manifest = manifest
            self.config = config
        }
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
