import ArgumentParser
import Packing
import Support

/// Which workspace is meant.
struct WorkspaceArgument: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "The workspace's folder, or a file in it.",
            discussion: """
                The pixi.lock there is read. If none is named it is the workspace of the current folder: its manifest is \
                looked for here, then in the folders above.
                """))
    var manifestPath: PathArgument?

    /// What pixi, and the original before its version 0.7, call it.
    @Option(name: [.customLong("manifest-path"), .customLong("manifest-file"), .customShort("m")], help: .hidden)
    var namedManifest: PathArgument?

    /// What was named.
    var given: PathArgument? { manifestPath ?? namedManifest }

    func validate() throws {
        if let manifestPath, let namedManifest, manifestPath != namedManifest {
            throw ValidationError(
                "there is more than one manifest: \(manifestPath.path.lossyString), \(namedManifest.path.lossyString)")
        }
    }

    /// The workspace's folder, or the file in it that was named.
    ///
    /// - Throws: `Failure` if what was named is something else.
    func find(_ reporter: any Reporter) throws -> ByteString {
        try WorkspaceSearch.find(given?.path, reporter: reporter)
    }
}
