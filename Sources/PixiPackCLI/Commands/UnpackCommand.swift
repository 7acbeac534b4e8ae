import ArgumentParser

/// `pixi-unpack [OPTIONS] [PACK_FILE]` (docs/spec/lock.md#pixi-unpack).
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
