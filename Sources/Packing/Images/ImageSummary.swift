import Support

/// What was made, or would be.
public struct ImageSummary: Sendable {
    public let prefix: ByteString
    public let packages: Int
    /// Bytes of the environment's files, as far as packages say it.
    public let bytes: Int64
    /// The digest of a container image.
    public var digest: SHA256Digest?
}
