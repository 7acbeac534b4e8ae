import Support

/// A path that a package installs, as described by its metadata (docs/spec/install.md#info).
struct PackagePath: Sendable {
    enum Kind: String, Sendable {
        case hardlink, softlink, directory
    }

    /// A build-time prefix in the file, which is replaced by the environment's prefix.
    struct Placeholder: Sendable, Hashable {
        enum FileMode: String, Sendable {
            case text, binary
        }
        let text: ByteString
        let mode: FileMode
    }

    /// The path in the archive.
    let source: RelativePath
    /// The path as the metadata writes it, if that differs from `source` (`./x`).
    let spelling: ByteString?
    let kind: Kind
    /// Whether the file is to be copied where others are linked.
    var noLink = false
    var sha256: SHA256Digest?
    /// In bytes; not verified.
    var size: UInt64?
    var placeholder: Placeholder?

    init(_ path: RelativePath, spelling: ByteString? = nil, kind: Kind) {
        source = path
        self.spelling = spelling
        self.kind = kind
    }

    /// - Throws: `Failure` if the path is absolute or contains `..` or a zero byte.
    init(_ path: ByteString, kind: Kind) throws {
        source = try RelativePath(path)
        spelling = source.bytes == path ? nil : path
        self.kind = kind
    }
}
