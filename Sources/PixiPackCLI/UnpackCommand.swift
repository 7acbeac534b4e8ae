import ArgumentParser
import Support

/// `pixi-unpack [OPTIONS] [PACK_FILE]` (spec lock §6.8).
struct UnpackCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "unpack",
        _superCommandName: "pixi-pack",
        abstract: "Make an environment from a pack, without network, conda or Python.")

    @OptionGroup var options: UnpackOptionsGroup
    @OptionGroup(title: "Messages") var console: ConsoleOptions
    @OptionGroup(title: "Messages") var progressOptions: ProgressOptions

    var progress: ProgressOptions? { progressOptions }

    func run(_ console: Console) throws { try options.unpack(console) }
}

/// The arguments of `pixi-unpack` and `pixi-pack unpack`.
struct UnpackOptionsGroup: ParsableArguments {
    @Argument(help: "The pack: a file, a folder, or - for standard input.")
    var packFile = PathArgument("environment.tar")

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp("Where the environment and its activation script appear.", valueName: "dir"))
    var outputDirectory = PathArgument(".")

    @Option(
        name: [.customShort("e"), .long], help: ArgumentHelp("The name of the environment's folder.", valueName: "name")
    )
    var envName = PathArgument("env")

    func unpack(_ console: Console) throws {
        throw Failure("this build cannot unpack")
    }
}
