import Support

/// One digest for the whole content of a pack: the SHA-256 of one line `<sha256>  <name>\n` for each file of the tar,
/// in the order of the tar. These are the lines that `sha256sum` prints.
///
/// The cache directory of a pack is named after it, and `--verify` computes it again. It is made from the digests of
/// the files, which packing computes anyway, so that the archive need not be read again.
public struct ContentDigest {
    private var hasher = SHA256Hasher()

    public init() {}

    /// Adds the next file of the tar.
    public mutating func add(name: ByteString, digest: SHA256Digest) {
        let line = Array("\(digest.hex)  ".utf8) + name.bytes + [UInt8(ascii: "\n")]
        line.withUnsafeBytes { hasher.update($0) }
    }

    /// The digest of all files so far.
    public mutating func finish() -> SHA256Digest { hasher.finish() }
}
