import Support

/// What becomes of a file.
struct RelocationStep: Sendable {
    let file: RelocatedFile
    let before: SHA256Digest
    let after: SHA256Digest
    /// In bytes.
    let size: UInt64
    /// An earlier run has written it.
    var isDone = false
}
