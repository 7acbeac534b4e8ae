import Support

/// One entry of a package's tar, with its path cleaned as in docs/spec/install.md#extraction.
public struct TarEntry: Sendable, Equatable {
    /// What the entry makes.
    public enum Kind: Sendable, Equatable {
        /// A regular file. A fifo or a device becomes an empty one.
        case file
        case directory
        /// The target as written.
        case symlink(target: ByteString)
        /// Another name of an entry met before; the target is cleaned like a path.
        case hardlink(target: RelativePath)
    }

    /// The path without a leading `/` and `.` components. Entries with `..` are skipped before they become a
    /// `TarEntry`.
    public let path: RelativePath
    public let kind: Kind
    /// Permission bits, at most 0777.
    public let mode: UInt32
    /// In whole seconds since 1970, at least `TarEntry.earliestTime`.
    public let modificationTime: Int64
    /// Bytes of content; 0 for everything but files.
    public let size: Int64

    /// 1980-01-01T00:00:00Z; earlier times are raised to it, as in the original.
    public static let earliestTime: Int64 = 315_532_800

    init(path: RelativePath, kind: Kind, mode: UInt32, modificationTime: Int64, size: Int64) {
        self.path = path
        self.kind = kind
        self.mode = mode
        self.modificationTime = modificationTime
        self.size = size
    }

    /// The cleaned path; nil if it has a `..` component or is empty.
    static func clean(_ path: ByteString) -> RelativePath? {
        guard path.bytes.first == UInt8(ascii: "/") else { return try? RelativePath(path) }
        return try? RelativePath(ByteString(path.bytes.drop(while: { $0 == UInt8(ascii: "/") })))
    }
}

/// Whether to go on with the next entry.
public enum Flow: Sendable {
    case next, stop
}
