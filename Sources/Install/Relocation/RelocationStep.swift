import Support

/// What becomes of a file.
struct RelocationStep: Sendable {
    let file: RelocatedFile
    /// The hash of its content as it is.
    let before: SHA256Digest
    /// The hash of its content for the new path.
    let after: SHA256Digest
    /// Of its content for the new path, in bytes.
    let size: UInt64
    /// An earlier run has written it.
    var isDone = false
}
