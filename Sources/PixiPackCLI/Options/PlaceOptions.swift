import ArgumentParser
import Install
import Packing

/// Where an environment appears.
struct PlaceOptions: ParsableArguments {
    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp(
            "Where env/ and activate.sh appear; by default here.",
            discussion: "The folder is made if it is not there.", valueName: "dir"))
    var outputDirectory: PathArgument?

    @Option(
        name: [.customShort("e"), .long],
        help: ArgumentHelp("The name of the environment's folder (default: env).", valueName: "name"))
    var envName: NameArgument?

    @Option(
        help: ArgumentHelp(
            "Make a workspace of pixi there, with the environment.",
            discussion: """
                Of a pack made with --carry-workspace: manifest, lock file and .pixi, so that pixi run --frozen and \
                pixi shell go on without network. In place of --output-directory and activation scripts.
                """,
            valueName: "dir"))
    var asWorkspace: PathArgument?

    @Option(
        help: ArgumentHelp(
            "Where the environment will be used, if not here.",
            discussion: """
                Files and scripts name this path; the environment still appears in --output-directory. It may be for \
                another machine or platform.
                """,
            valueName: "path"))
    var prefix: PathArgument?

    @Option(
        help: ArgumentHelp(
            "Which environment of a bundle.",
            discussion: "By default the only one for this platform, or the one called default.", valueName: "name"))
    var environment: String?

    @Option(
        help: ArgumentHelp(
            "For a delta pack: the pack it was made from.",
            discussion: "Without it the environment that is there must have been made from that pack.",
            valueName: "pack"))
    var base: PathArgument?

    @Flag(
        help: ArgumentHelp(
            "Replace the environment that is there.",
            discussion: """
                As a whole, once the new one is complete. Without this an environment is updated in place. Any other \
                folder that is not empty is an error, also with this.
                """))
    var force = false

    @Flag(
        help: ArgumentHelp(
            "Fail when another pixi-unpack is at work there.",
            discussion: "Without this it is waited for; nothing is left to do then if it unpacks the same pack."))
    var noWait = false

    @Flag(
        help: ArgumentHelp(
            "Go on with an environment of another user.",
            discussion: "Without this only one that belongs to you or to root is updated or used."))
    var trustOwner = false

    func apply(to options: inout UnpackOptions) throws {
        options.prefix = try prefix.map { try FinalPrefix(named: $0.path) }
        options.outputDirectory = outputDirectory?.path ?? "."
        options.workspace = asWorkspace?.path
        options.environmentName = envName?.path ?? "env"
        options.environment = environment
        options.base = base?.path
        options.force = force
        options.waits = !noWait
        options.trustsOwner = trustOwner
    }
}
