import Support

/// One path a package installs, as its metadata describes it (docs/spec/install.md#info).
struct PackagePath: Sendable {
    enum Kind: String, Sendable {
        case hardlink, softlink, directory
    }

    /// A build-time prefix in the file, to be replaced by the environment's.
    struct Placeholder: Sendable, Hashable {
        enum FileMode: String, Sendable {
            case text, binary
        }
        let text: ByteString
        let mode: FileMode
    }

    /// The path in the archive.
    let source: RelativePath
    /// As the metadata spells it where that differs from `source` (`./x`).
    let spelling: ByteString?
    let kind: Kind
    /// Copy instead of linking.
    var noLink = false
    var sha256: SHA256Digest?
    /// Bytes, unverified.
    var size: UInt64?
    var placeholder: Placeholder?

    /// - Throws: `Failure` if the path is absolute or contains `..` or a zero byte.
    init(_ path: ByteString, kind: Kind) throws {
        source = try RelativePath(path)
        spelling = source.bytes == path ? nil : path
        self.kind = kind
    }
}
