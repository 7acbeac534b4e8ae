import ArgumentParser
import Support

/// How a command speaks; part of every command.
struct ConsoleOptions: ParsableArguments {
    @Flag(
        name: .shortAndLong,
        help: ArgumentHelp(
            "Say more; -vv and -vvv still more.", discussion: "-v is information, -vv for debugging, -vvv a trace."))
    var verbose: Int

    @Flag(name: .shortAndLong, help: "Say nothing but errors.")
    var quiet: Int

    @Option(
        help: ArgumentHelp(
            "Colour messages.", discussion: "auto: on a terminal, unless NO_COLOR is set.", valueName: "when"))
    var color: ColorChoice = .auto

    @Flag(
        name: [.customShort("V"), .long],
        help: ArgumentHelp(
            "Print the version.", discussion: "With -v, or as JSON with --json, what the program consists of."))
    var version = false

    /// What holds while the arguments are not known.
    static var standard: ConsoleOptions {
        var options = ConsoleOptions()
        options.verbose = 0
        options.quiet = 0
        options.color = .auto
        options.version = false
        return options
    }

    /// The least important level that is shown. `-q` and `-v` take each other back.
    var level: MessageLevel {
        switch verbose - quiet {
        case ..<0: .error
        case 0: .note
        case 1: .info
        case 2: .debug
        default: .trace
        }
    }
}
