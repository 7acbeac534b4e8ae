import ArgumentParser
import Install
import Packing
import Support

/// `pixi-unpack shell-hook [-e DIR] [-s SHELL]`: prints what activates an environment.
struct ShellHookCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "shell-hook",
        _superCommandName: "pixi-unpack",
        abstract: "Print the commands that activate an environment in this shell.",
        discussion: """
            For eval, without a file: the environment may be one of conda or pixi, too. The shell is the one that started \
            pixi-unpack, if it is known, else that of SHELL.
            """)

    @Option(
        name: [.customShort("e"), .customLong("env")],
        help: ArgumentHelp("The folder of the environment.", valueName: "dir"))
    var environment = PathArgument("env")

    @Option(name: .shortAndLong, help: ArgumentHelp("The shell.", valueName: "shell"))
    var shell: OneShellArgument?

    @OptionGroup(title: "Messages") var console: ConsoleOptions

    func run(_ console: Console) throws {
        let prefix = AbsolutePath.make(environment.path, current: try Sys.currentDirectory())
        guard try Sys.exists(prefix.appending(path: "conda-meta")) else {
            throw Failure(
                "there is no environment at '\(prefix)'", remedy: "Make it first: pixi-unpack PACK.", kind: .notFound)
        }
        let sources = try ActivationSources(environmentAt: prefix)
        let script = ActivationScript(
            shell: shell?.shell ?? CallingShell.find(), prefix: prefix, sources: sources, form: .guarded)
        try console.output(script.bytes)
    }
}
