import Support

/// What came of a planned path, for the package's record.
struct PathResult: Sendable {
    enum State: Sendable {
        /// Not met in the archive.
        case absent
        /// The regular file of the archive, unchanged, at its target.
        case verbatim
        /// The symbolic link of the archive, at its target.
        case link
        /// Something made from the archive: patched, copied through a link, a directory.
        case made
        /// Recorded, but another file is at the target.
        case overridden
        /// Waits for a second reading of the archive.
        case deferred
        /// A file where the metadata lists a link, or a folder where it lists a file; wrong unless a later entry of the
        /// archive replaces it.
        case mismatch
        /// Left out and not recorded: a link that leads nowhere.
        case skipped
    }

    var state = State.absent
    /// The hash conda-meta compares with that of the metadata (docs/spec/install.md#paths); nil where it never differs.
    var digest: SHA256Digest?
    /// Size of what was made, in bytes.
    var size: UInt64 = 0
}
