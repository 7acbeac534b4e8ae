import ArgumentParser
import SelfExtract
import Support

/// Which command the arguments of the process ask for, and with which arguments of its own.
///
/// The first argument decides if it names a command; otherwise the command is what the program is called for. (The
/// argument parser would look for a command's name behind options and paths too, where a folder may be meant.)
struct Invocation {
    /// What a person types for the command, for example `pixi-pack list`.
    let name: String
    /// What `--version` calls the program.
    let program: String
    let command: any Command.Type
    /// What `--help` describes: the command, or the whole program.
    let documentation: any ParsableCommand.Type
    let arguments: [String]

    init(_ arguments: [String]) {
        if arguments.count > 2, arguments[1] == EmbeddedRuntime.personalityWord {
            // Started by a self-extracting pack: the pack is that file, and no word is a command's name.
            let pack = ByteString(arguments[2]).lastPathComponent
            let rest = Array(arguments.dropFirst(3))
            if rest.first == "licenses" || VersionFormat(rest) != nil {
                // Whoever gets the file can read what it consists of, and what it comes under.
                self.init(.unpack, rest)
                return
            }
            self.init(
                name: "\(pack)", program: Personality.unpack.programName, command: UnpackCommand.self,
                documentation: UnpackCommand.self,
                arguments: Array(arguments.dropFirst(2)))
            return
        }
        let personality = Personality(calledAs: arguments.first ?? "")
        self.init(personality, Array(arguments.dropFirst()))
    }

    private init(_ personality: Personality, _ arguments: [String]) {
        let word = arguments.first
        if word == "help" {
            // `help list` is `list --help`.
            self.init(personality, Array(arguments.dropFirst().prefix(1)) + ["--help"])
        } else if let named = personality.commands.first(where: { $0.configuration.commandName == word }) {
            self.init(
                name: "\(personality.programName) \(word ?? "")", program: personality.programName, command: named,
                documentation: named,
                arguments: Array(arguments.dropFirst()))
        } else {
            self.init(
                name: personality.programName, program: personality.programName, command: personality.command,
                documentation: personality.documentation, arguments: arguments)
        }
    }

    private init(
        name: String, program: String, command: any Command.Type, documentation: any ParsableCommand.Type,
        arguments: [String]
    ) {
        self.name = name
        self.program = program
        self.command = command
        self.documentation = documentation
        self.arguments = arguments
    }

    /// What the arguments come to.
    enum Outcome {
        case command(any Command)
        /// A text to print, such as the help.
        case text(String)
    }

    /// - Throws: `UsageError`; `Failure` if the list of what the program consists of is damaged.
    func parse() throws -> Outcome {
        if let format = VersionFormat(arguments) { return .text(try format.text(of: program)) }
        if let word = OptionalModes.mistake(in: arguments) { throw UsageError(message: word, command: name) }
        let parsed: any ParsableCommand
        do {
            parsed = try command.parseAsRoot(arguments)
        } catch {
            if command.exitCode(for: error) == .success { return .text(help) }
            throw UsageError(message: Message(words: sentence(command.message(for: error))), command: name)
        }
        // Anything else is the argument parser's own answer to `--help`.
        guard let parsed = parsed as? any Command else { return .text(help) }
        if parsed.console.version { return .text(VersionText.line(program)) }
        return .command(parsed)
    }

    /// The help: in full for `--help` and `help`, in short for `-h`.
    private var help: String {
        guard let description = try? CommandDescription.of(documentation) else {
            return documentation.helpMessage() + "\n"
        }
        let text = HelpText(description, calledAs: name)
        return arguments.prefix { $0 != "--" }.contains("--help") ? text.long : text.short
    }

    /// Errors of ours begin with a small letter and end without a full stop.
    private func sentence(_ text: String) -> String {
        let starts = ["The ", "Unknown ", "Unexpected ", "Missing "]
        let text = text.hasSuffix(".") ? String(text.dropLast()) : text
        return starts.contains { text.hasPrefix($0) } ? text.prefix(1).lowercased() + text.dropFirst() : text
    }
}
