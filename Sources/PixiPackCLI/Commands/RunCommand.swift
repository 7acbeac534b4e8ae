import ArgumentParser
import Packing
import Support

/// `pixi-unpack run [-e DIR] -- COMMAND`: runs a program in an environment without activating it in a shell.
struct RunCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "run",
        _superCommandName: "pixi-unpack",
        abstract: "Run a program in an unpacked environment.",
        discussion: """
            The program is looked for in the environment, then in PATH. It takes the place of this process: signals \
            reach it, and its exit status is the result; 127 if there is no such program, 126 if it cannot be run. \
            Activation scripts of packages are run before, by bash or sh.
            """)

    @Option(
        name: [.customShort("e"), .customLong("env")],
        help: ArgumentHelp("The folder of the environment.", valueName: "dir"))
    var environment = PathArgument("env")

    @Argument(
        parsing: .captureForPassthrough,
        help: ArgumentHelp("The program and its arguments.", valueName: "command"))
    var command: [String] = []

    @OptionGroup(title: "Messages") var console: ConsoleOptions

    func validate() throws {
        // Everything behind the options is the program's, so the parser leaves these to it.
        if ["--help", "-h"].contains(command.first) { throw CleanExit.helpRequest(self) }
    }

    func run(_ console: Console) throws {
        var words = command.map(RawArguments.bytes(of:))
        if words.first == "--" { words.removeFirst() }
        if words.isEmpty { throw UsageError(message: "there is no command to run", command: "pixi-unpack run") }
        let prefix = AbsolutePath.make(environment.path, current: try Sys.currentDirectory())
        try EnvironmentCommand(words, prefix: prefix).run()
    }
}
