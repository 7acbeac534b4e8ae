import ArgumentParser
import SelfExtract
import Support

/// Which command the arguments of the process ask for, and with which arguments of its own.
///
/// The first word that is no option decides if it names a command; otherwise the command is what the program is called
/// for. (The argument parser would look for a command's name behind paths too, where a folder may be meant.)
struct Invocation {
    /// What a person types for the command, for example `pixi-pack list`.
    let name: String
    /// What `--version` calls the program.
    let program: String
    let command: any Command.Type
    /// What `--help` describes: the command, or the whole program.
    let documentation: any ParsableCommand.Type
    let arguments: [String]
    /// Nil if a self-extracting pack started this program.
    private let personality: Personality?

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
                arguments: Array(arguments.dropFirst(2)), personality: nil)
            return
        }
        let personality = Personality(calledAs: arguments.first ?? "")
        self.init(personality, Array(arguments.dropFirst()))
    }

    private init(_ personality: Personality, _ given: [String]) {
        let arguments = Invocation.commandFirst(given, personality)
        let word = arguments.first
        if word == "help" {
            // `help list` is `list --help`.
            self.init(personality, Array(arguments.dropFirst().prefix(1)) + ["--help"])
        } else if let named = personality.commands.first(where: { $0.configuration.commandName == word }) {
            self.init(
                name: "\(personality.programName) \(word ?? "")", program: personality.programName, command: named,
                documentation: named,
                arguments: Array(arguments.dropFirst()), personality: personality)
        } else {
            self.init(
                name: personality.programName, program: personality.programName, command: personality.command,
                documentation: personality.documentation, arguments: arguments, personality: personality)
        }
    }

    /// `-v list` is `list -v`.
    private static func commandFirst(_ arguments: [String], _ personality: Personality) -> [String] {
        let names = personality.commandNames + ["help"]
        guard arguments.first?.hasPrefix("-") == true, arguments.contains(where: names.contains),
            let program = try? CommandDescription.of(personality.documentation),
            let place = Spellings(program).firstWord(of: arguments), names.contains(arguments[place])
        else { return arguments }
        return [arguments[place]] + arguments[..<place] + arguments[(place + 1)...]
    }

    private init(
        name: String, program: String, command: any Command.Type, documentation: any ParsableCommand.Type,
        arguments: [String], personality: Personality?
    ) {
        self.name = name
        self.program = program
        self.command = command
        self.documentation = documentation
        self.arguments = arguments
        self.personality = personality
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
        let arguments = try normalized()
        if let word = OptionalModes.mistake(in: arguments) { throw UsageError(message: word, command: name) }
        let parsed: any ParsableCommand
        do {
            parsed = try command.parseAsRoot(arguments)
        } catch {
            if command.exitCode(for: error) == .success { return .text(help) }
            let text = command.message(for: error)
            if let misspelt = misspeltCommand { throw misspelt }
            throw UsageError(message: unknownOption(text) ?? Message(words: sentence(text)), command: name)
        }
        // Anything else is the argument parser's own answer to `--help`.
        guard let parsed = parsed as? any Command else { return .text(help) }
        if parsed.console.version { return .text(VersionText.line(program)) }
        if let misspelt = misspeltCommand { throw misspelt }
        return .command(parsed)
    }

    /// The arguments in the form the argument parser reads, see `Spellings`.
    ///
    /// - Throws: `UsageError` for a long option with one dash.
    private func normalized() throws -> [String] {
        let isPlain = arguments.allSatisfy { argument in
            !argument.hasPrefix("-") || argument.utf8.count <= 2 && argument != "-i"
                || argument.hasPrefix("--") && argument != "--inject"
        }
        guard !isPlain, let description = try? CommandDescription.of(command) else { return arguments }
        let spellings = Spellings(description)
        let isOpen = command is RunCommand.Type
        let own = isOpen ? arguments.prefix(spellings.firstWord(of: arguments) ?? arguments.count) : arguments[...]
        for argument in own.prefix(while: { $0 != "--" }) {
            guard let meant = spellings.lacksDash(argument) else { continue }
            throw UsageError(message: "unknown option '\(argument)'. Did you mean '\(meant)'?", command: name)
        }
        return spellings.normalized(arguments, stoppingAtFirstWord: isOpen)
    }

    /// A first word that is close to a command's name, and neither a path nor anything else that is there.
    private var misspeltCommand: UsageError? {
        guard let personality, command == personality.command,
            let word = arguments.first(where: { !$0.hasPrefix("-") }),
            !word.contains("/"), !word.contains("."), (try? Sys.exists(RawArguments.bytes(of: word))) != true
        else { return nil }
        if personality == .unpack, word == "unpack" || word == "pack" {
            let other = word == "unpack" ? "leave the word out" : "that is what pixi-pack does"
            return UsageError(message: "there is no command '\(word)' of pixi-unpack; \(other)", command: name)
        }
        // The value of an option is not meant to be a command.
        guard let program = try? CommandDescription.of(personality.documentation),
            let place = Spellings(program).firstWord(of: arguments), arguments[place] == word,
            let near = Nearest.word(to: word, among: personality.commandNames)
        else { return nil }
        let hint: Message = "Did you mean '\(near)'?"
        return UsageError(message: "'\(word)' is neither a command nor a file. \(hint)", command: name)
    }

    /// What to say of an option that the argument parser does not know; nil if it complains about something else.
    private func unknownOption(_ text: String) -> Message? {
        let start = "Unknown option '"
        guard text.hasPrefix(start), let description = try? CommandDescription.of(command) else { return nil }
        let option = String(text.dropFirst(start.count).prefix { $0 != "'" && $0 != "=" })
        let message: Message = "unknown option '\(option)'"
        let near = Nearest.options(to: option, among: description.options.flatMap(\.names))
        if !near.isEmpty { return message + ". Did you mean \(Message(words: Nearest.choice(near)))?" }
        for other in [Personality.pack, .unpack] where other != personality {
            guard let program = try? CommandDescription.of(other.documentation) else { continue }
            if program.options.contains(where: { $0.names.contains(option) }) {
                return message + ": it is one of \(other.programName)"
            }
        }
        return message
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
