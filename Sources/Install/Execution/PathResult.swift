import Support

/// What was done with a planned path, for the package's record.
struct PathResult: Sendable {
    enum State: Sendable {
        /// It was not in the archive so far.
        case absent
        /// The regular file of the archive is at its target, unchanged.
        case verbatim
        /// The symbolic link of the archive is at its target.
        case link
        /// Something made from the archive is there: a patched file, a copy through a link, a directory.
        case made
        /// It is recorded, but another file is at its target.
        case overridden
        /// It waits for a second reading of the archive.
        case deferred
        /// The archive has a file where the metadata lists a link, or a folder where it lists a file. This is an error
        /// unless a later entry of the archive replaces it.
        case mismatch
        /// It is left out and not recorded: a link that leads nowhere.
        case skipped
    }

    var state = State.absent
    /// The hash that conda-meta compares with that of the metadata (docs/spec/install.md#paths); nil if it cannot
    /// differ.
    var digest: SHA256Digest?
    /// Size of what was made, in bytes.
    var size: UInt64 = 0
}
