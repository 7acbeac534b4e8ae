import Archive
import Image
import OCI
import Support

/// How an environment becomes an image.
public struct ImageOptions: Sendable {
    public var target: ImageTarget
    /// The container image it is built on; nil: an empty one.
    public var base: OCIReference?
    public var container = ContainerSettings()
    /// Of the layers of a container image: gzip or zstd.
    public var layers = PackCompression.gzip

    public init(_ target: ImageTarget) { self.target = target }
}

/// What was made, or would be.
public struct ImageSummary: Sendable {
    public let prefix: ByteString
    public let packages: Int
    /// Bytes of the environment's files, as far as packages say it.
    public let bytes: Int64
    /// The digest of a container image.
    public var digest: SHA256Digest?
}
