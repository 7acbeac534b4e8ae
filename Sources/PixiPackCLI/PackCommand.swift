import ArgumentParser
import CondaModel
import Support

/// `pixi-pack [OPTIONS] [MANIFEST_PATH]` (spec lock §6.1).
struct PackCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "pack",
        _superCommandName: "pixi-pack",
        abstract: "Pack the environment of a pixi workspace into one file.")

    @OptionGroup var options: PackOptionsGroup
    @OptionGroup(title: "Messages") var console: ConsoleOptions
    @OptionGroup(title: "Messages") var progressOptions: ProgressOptions

    var progress: ProgressOptions? { progressOptions }

    func run(_ console: Console) throws { try options.pack(console) }
}

/// The arguments of `pixi-pack` and `pixi-pack pack`.
struct PackOptionsGroup: ParsableArguments {
    @Argument(help: "The workspace's folder, or a file in it: the pixi.lock there is read.")
    var manifestPath = PathArgument(".")

    @OptionGroup var environment: EnvironmentOptions

    func pack(_ console: Console) throws {
        throw Failure("this build cannot pack")
    }
}

/// Which environment of a lock file, for which platform.
struct EnvironmentOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: ArgumentHelp("The environment.", valueName: "name"))
    var environment = "default"

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("The platform, for example linux-64 or osx-arm64.", valueName: "subdir"))
    var platform = Platform.current
}
