/// A directory that only this user can enter, for programs that leave their results in files. It is removed, with
/// everything in it, when the last reference goes.
public final class ScratchDirectory: Sendable {
    /// Absolute if `TMPDIR` is.
    public let path: ByteString
    private let parent: File
    private let directory: HiddenTemporary.Directory

    private static let name: ByteString = "pixi-pack"

    /// Makes one in `TMPDIR`, else in `/tmp`.
    ///
    /// - Throws: `Failure` naming the directory it was to be made in.
    public convenience init() throws {
        try self.init(in: ProcessEnvironment.current.temporaryFolder)
    }

    /// Makes one in `parent`, under a hidden name, and removes those that killed runs left there.
    public init(in parent: ByteString) throws {
        (self.parent, directory) = try describing(
            "could not make a temporary directory in '\(parent)'", remedy: "Set TMPDIR to another one."
        ) {
            let folder = try Sys.openDirectory(parent)
            HiddenTemporary.sweep(folder) { TemporaryName.matches($0, for: ScratchDirectory.name) }
            return (folder, try HiddenTemporary.directory(for: ScratchDirectory.name, in: folder, mode: 0o700))
        }
        path = directory.path
    }

    /// A directory that cannot be removed stays.
    deinit { RemoveTree.discard(directory.name, at: parent.descriptor, expected: try? directory.identity()) }
}
