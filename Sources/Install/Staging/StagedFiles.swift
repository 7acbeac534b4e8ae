import Support

/// A file or link that was unpacked before the plan was made.
struct UnplacedFile {
    /// Its path in the folder its package was unpacked to.
    let source: PrefixPath
    /// Its path in the environment; nil if it is not installed.
    let target: PrefixPath?
}

/// A package or wheel that was unpacked before the plan was made.
protocol StagedFiles: Sendable {
    /// The folder it was unpacked to.
    var folder: File { get }
}
