import Archive
import Image
import OCI

/// How an environment becomes an image.
public struct ImageOptions: Sendable {
    var target: ImageTarget
    /// The container image it is built on; nil: an empty one.
    public var base: OCIReference?
    public var container = ContainerSettings()
    /// Of the layers of a container image: gzip or zstd.
    public var layers = PackCompression.gzip

    public init(_ target: ImageTarget) { self.target = target }
}
