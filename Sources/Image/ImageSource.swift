import OCI
import Support

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
