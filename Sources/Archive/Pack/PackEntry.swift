import Support

/// A file of a pack that is to be written.
public struct PackEntry: Sendable {
    /// Where its content comes from.
    public enum Contents: Sendable {
        case bytes([UInt8])
        /// It comes through the entry's slot. `size` is what the lock file says, which may be wrong.
        case awaited(size: Int64?)
        /// It has none: the entry is a directory, which is made even if nothing is in it.
        case directory
    }

    /// The path in the pack.
    public let path: RelativePath
    /// Where its content comes from.
    public let contents: Contents

    public init(_ path: RelativePath, _ contents: Contents) {
        self.path = path
        self.contents = contents
    }
}
