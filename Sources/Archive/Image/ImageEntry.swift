import Support

/// A file, link or directory of an image, without its content.
public struct ImageEntry: Sendable {
    public enum Kind: Sendable, Equatable {
        case directory
        /// With its size in bytes; so many bytes follow.
        case file(Int64)
        /// With its text.
        case symlink(ByteString)
        /// Another name of a file of the same part that came before.
        case hardlink(RelativePath)
    }

    /// Relative to the root of the image.
    public let path: RelativePath
    public let kind: Kind
    /// Permission bits.
    public let mode: UInt32
    /// Of its last change, in seconds since 1970.
    public let time: Int64

    public init(path: RelativePath, kind: Kind, mode: UInt32, time: Int64) {
        self.path = path
        self.kind = kind
        self.mode = mode
        self.time = time
    }
}
