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
