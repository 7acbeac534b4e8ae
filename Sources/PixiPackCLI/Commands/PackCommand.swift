import ArgumentParser
import CondaModel

/// `pixi-pack [OPTIONS] [MANIFEST_PATH]` (docs/spec/lock.md#pixi-pack).
struct PackCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "pack",
        _superCommandName: "pixi-pack",
        abstract: "Pack the environment of a pixi workspace into one file.")

    @OptionGroup var options: PackArguments
    @OptionGroup(title: "Messages") var console: ConsoleOptions
    @OptionGroup(title: "Messages") var progressOptions: ProgressOptions

    var progress: ProgressOptions? { progressOptions }

    func run(_ console: Console) throws { try options.pack(console) }
}
