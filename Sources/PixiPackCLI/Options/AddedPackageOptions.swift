import ArgumentParser
import Packing
import Support

/// What is packed besides what the lock file says.
struct AddedPackageOptions: ParsableArguments {
    @Option(
        name: .shortAndLong, parsing: .upToNextOption,
        help: ArgumentHelp(
            "Add packages (.conda, .tar.bz2, .whl).",
            discussion: """
                They replace those of the same name. Takes all files up to the next option. Whether they fit the \
                environment is checked.
                """,
            valueName: "file"))
    var inject: [PathArgument] = []

    @Flag(
        help: ArgumentHelp(
            "Add a pip for conda and micromamba.",
            discussion: """
                If the environment has none, from the lock file's own channel, with what it needs: they install wheels \
                of environment.yml with it. pixi-unpack needs none.
                """))
    var addPip = false

    @Flag(
        help: ArgumentHelp(
            "Build wheels of Python packages that are sources.",
            discussion: "Of sdists, git repositories and directories, with uv or pip, for the environment's Python."))
    var buildWheels = false

    @Flag(
        help: ArgumentHelp(
            "Leave out Python packages that are no wheels.",
            discussion: "Without this they are an error. What is left out is said while packing and while unpacking."))
    var ignorePypiNonWheel = false

    @Flag(
        help: ArgumentHelp(
            "Pack the manifest and the lock file, too.",
            discussion: """
                And the scripts that [activation] names, so that pixi-unpack --as-workspace makes a workspace of them. \
                Whoever gets the pack can read them.
                """))
    var carryWorkspace = false

    @Flag(
        help: ArgumentHelp(
            "Make an error of wheels that do not fit.",
            discussion: "Injected and built ones, and those that differ from their RECORD; by default a warning."))
    var strict = false

    @Flag(
        help: ArgumentHelp(
            "Pack what could never be unpacked, too.",
            discussion: "Without this the plan of an unpacking is made before a pack is finished."))
    var noPlanCheck = false

    @Option(
        help: ArgumentHelp(
            "How much a pack is the original's.",
            discussion: """
                original writes exactly what the original pixi-pack writes, without additions. (Called strict before \
                version 0.9, which still works.)
                """,
            valueName: "mode"))
    var compat: Compatibility?

    /// How much a pack is the original's.
    enum Compatibility: ExpressibleByArgument {
        /// Byte for byte.
        case original

        init?(argument: String) {
            guard ["original", "strict"].contains(argument) else { return nil }
            self = .original
        }

        static var allValueStrings: [String] { ["original"] }
    }

    /// Puts what was asked for into the request.
    func apply(to request: inout PackRequest) {
        request.inject = injected
        request.addsPip = addPip
        request.buildsWheels = buildWheels
        request.ignoresNonWheels = ignorePypiNonWheel
        request.isStrict = strict
        request.recordsContents = compat == nil
        request.carriesActivation = compat == nil
        request.carriesWorkspace = carryWorkspace
        request.planCheck = noPlanCheck ? .none : compat != nil ? .warnings : .errors
    }

    /// The manifest: a word after `--inject` that is a folder or a manifest's name was meant to be it
    /// (docs/spec/lock.md#pixi-pack).
    ///
    /// - Throws: `ValidationError` if there are several.
    func manifest(_ positional: PathArgument?) throws -> ByteString? {
        let all = inject.filter(AddedPackageOptions.isManifest) + (positional.map { [$0] } ?? [])
        if all.count > 1 {
            throw ValidationError(
                "there is more than one manifest: \(all.map(\.path.lossyString).joined(separator: ", "))")
        }
        return all.first?.path
    }

    /// - Throws: `Failure` naming a file that cannot be injected.
    func requireKinds() throws {
        for path in injected { _ = try InjectedFiles.kind(of: path) }
    }

    private var injected: [ByteString] { inject.filter { !AddedPackageOptions.isManifest($0) }.map(\.path) }

    private static func isManifest(_ argument: PathArgument) -> Bool {
        let path = argument.path
        let isLock = ["pixi.lock", "conda.lock"].contains(path.lastPathComponent) || path.hasSuffix("conda-lock.yml")
        if path.hasSuffix(".toml") || isLock { return true }
        guard let status = try? Sys.stat(path) else { return false }
        return status.st_mode & 0o170000 == 0o040000
    }
}
