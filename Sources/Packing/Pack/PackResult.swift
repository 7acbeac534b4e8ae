import Archive
import CondaModel
import Fetch
import Inventory
import OCI
import Support

/// What was packed.
public struct PackResult: Sendable, Equatable {
    /// Where the pack is: a path, or its reference with the tag; nil for standard output.
    public var path: ByteString?
    /// Where its signature is; nil if there is none.
    public var signature: ByteString?
    /// Of what the tag now names, if it went to a registry or layout.
    public var digest: SHA256Digest?
    public var isDirectory: Bool
    /// Bytes.
    public var size: Int64
    public var packages: Int
    public var wheels: Int
    /// What it is for; nil if it is for several.
    public var platform: Platform?
    /// Its manifest in a layout.
    var manifest: OCIDescriptor?
}
