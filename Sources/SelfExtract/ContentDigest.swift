import Support

/// One digest for all contents of a pack: SHA-256 of one line `<sha256>  <name>\n` per file of the tar, in the tar's
/// order (what `sha256sum` prints for the files).
///
/// It names the pack's cache directory and is what `--verify` recomputes. Made from digests that packing has taken
/// anyway, so that packing does not read the archive again.
public struct ContentDigest {
    private var hasher = SHA256Hasher()

    public init() {}

    /// Adds the next file of the tar.
    public mutating func add(name: ByteString, digest: SHA256Digest) {
        let line = Array("\(digest.hex)  ".utf8) + name.bytes + [UInt8(ascii: "\n")]
        line.withUnsafeBytes { hasher.update($0) }
    }

    public mutating func finish() -> SHA256Digest { hasher.finish() }
}
