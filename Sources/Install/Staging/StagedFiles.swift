import Support

/// A file or link of a package that was made before it was known where it goes.
struct UnplacedFile {
    /// Where it is, in the folder of its package.
    let source: PrefixPath
    /// Where it goes; nil: nowhere.
    let target: PrefixPath?
}

/// The files of a package that was unpacked already.
protocol StagedFiles: Sendable {
    /// The folder in which they are.
    var folder: File { get }
}
