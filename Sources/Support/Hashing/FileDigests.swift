/// The digests that a lock file, an index or a manifest gives of a file. One may be known, both, or none.
public struct FileDigests: Sendable, Equatable {
    public var sha256: SHA256Digest?
    public var md5: MD5Digest?

    public init(sha256: SHA256Digest? = nil, md5: MD5Digest? = nil) {
        self.sha256 = sha256
        self.md5 = md5
    }

    /// Whether there is one, so that the file can be verified.
    public var isKnown: Bool { sha256 != nil || md5 != nil }
}
