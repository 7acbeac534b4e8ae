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
    let command: any Command.Type
    /// What `--help` describes: the command, or the whole program.
    let documentation: any ParsableCommand.Type
    let arguments: [String]
    private let caller: Caller

    /// Who started the program.
    private enum Caller {
        /// Somebody who called it by a name.
        case person(Personality)
        /// The self-extracting pack at this path.
        case pack(String)
    }

    /// Nil if a self-extracting pack started this program.
    private var personality: Personality? {
        if case .person(let personality) = caller { personality } else { nil }
    }

    /// The path of the self-extracting pack that started this program.
    private var pack: String? {
        if case .pack(let path) = caller { path } else { nil }
    }

    /// What `--version` calls the program.
    private var program: String { (personality ?? .unpack).programName }

    init(_ arguments: [String]) {
        if arguments.count > 2, arguments[1] == EmbeddedRuntime.personalityWord {
            self.init(pack: arguments[2], Array(arguments.dropFirst(3)))
            return
        }
        let personality = Personality(calledAs: arguments.first ?? "")
        self.init(personality, Array(arguments.dropFirst()))
    }

    /// Started by a self-extracting pack: the pack is that file, also where a command reads one.
    private init(pack path: String, _ given: [String]) {
        let file = "\(ByteString(path).lastPathComponent)"
        let arguments = Invocation.commandFirst(given, .unpack)
        var word = arguments.first ?? ""
        var rest = Array(arguments.dropFirst())
        if word == "help" {
            word = rest.first ?? ""
            rest = ["--help"]
        }
        let format = VersionFormat(given)
        if word == "licenses" || format == .table || format == .json {
            // Whoever gets the file can read what it consists of, and what it comes under.
            self.init(.unpack, given)
            return
        }
        let command = Personality.unpack.command(named: word)
        switch command {
        case is InspectCommand.Type, is MountCommand.Type: rest.insert(path, at: 0)
        case is CompletionCommand<UnpackProgram>.Type: rest += ["--called-as", file]
        case is VerifyCommand.Type:
            if !rest.contains(where: { $0 == "--env" || $0.hasPrefix("--env=") }) { rest.insert(path, at: 0) }
        case is RunCommand.Type:
            // An environment that is there, if one is named; else that of the pack.
            let spellings = (try? CommandDescription.of(RunCommand.self)).map { Spellings($0) }
            let place = spellings?.firstWord(of: rest) ?? rest.firstIndex(of: "--") ?? rest.count
            let options = rest.prefix(place)
            if !options.contains(where: { $0.hasPrefix("-e") || $0.hasPrefix("--env") || $0 == "--help" || $0 == "-h" })
            {
                let hasMark = place < rest.count && rest[place] == "--"
                var own = [path]
                own += options
                own.append("--")
                own += rest.dropFirst(hasMark ? place + 1 : place)
                self.init(name: file, command: UnpackCommand.self, arguments: own, caller: .pack(path))
                return
            }
        default: break
        }
        if let command {
            self.init(name: "\(file) \(word)", command: command, arguments: rest, caller: .pack(path))
        } else {
            self.init(name: file, command: UnpackCommand.self, arguments: [path] + given, caller: .pack(path))
        }
    }

    private init(_ personality: Personality, _ given: [String]) {
        let arguments = Invocation.commandFirst(given, personality)
        let word = arguments.first
        if word == "help" {
            // `help list` is `list --help`.
            self.init(personality, Array(arguments.dropFirst().prefix(1)) + ["--help"])
        } else if let named = personality.command(named: word) {
            self.init(
                name: "\(personality.programName) \(word ?? "")", command: named,
                arguments: Array(arguments.dropFirst()), caller: .person(personality))
        } else {
            self.init(
                name: personality.programName, command: personality.command,
                documentation: personality.documentation, arguments: arguments, caller: .person(personality))
        }
    }

    /// `-v list` is `list -v`.
    private static func commandFirst(_ arguments: [String], _ personality: Personality) -> [String] {
        let names = personality.commandNames + ["help"] + Personality.otherNames
        guard arguments.first?.hasPrefix("-") == true, arguments.contains(where: names.contains),
            let program = try? CommandDescription.of(personality.documentation),
            let place = Spellings(program).firstWord(of: arguments), names.contains(arguments[place])
        else { return arguments }
        return [arguments[place]] + arguments[..<place] + arguments[(place + 1)...]
    }

    /// - Parameter documentation: nil: the command.
    private init(
        name: String, command: any Command.Type, documentation: (any ParsableCommand.Type)? = nil,
        arguments: [String], caller: Caller
    ) {
        self.name = name
        self.command = command
        self.documentation = documentation ?? command
        self.arguments = arguments
        self.caller = caller
    }

    /// What the arguments come to.
    enum Outcome {
        case command(any Command)
        /// A text to print, such as the help.
        case text(String)
    }

    /// - Throws: `UsageError`; `Failure` if the list of what the program consists of is damaged.
    func parse() throws -> Outcome {
        let typed = pack == nil ? arguments : Array(arguments.dropFirst())
        if typed.first == CompletionAnswer.word {
            let words = typed.dropFirst(typed.dropFirst().first == "--" ? 2 : 1)
            let answer = CompletionAnswer(personality ?? .unpack, pack: pack, typed: Array(words))
            return .text(answer.text)
        }
        if let pack, arguments.count > 1, arguments[0] == pack, VersionFormat(Array(arguments.dropFirst())) != nil {
            return .text(VersionText.line(program) + VersionText.holds(RawArguments.bytes(of: pack)))
        }
        if let format = VersionFormat(arguments) { return .text(try format.text(of: program)) }
        let arguments = try normalized()
        if let word = OptionalModes.mistake(in: arguments) { throw UsageError(message: word, command: name) }
        let parsed: any ParsableCommand
        do {
            parsed = try command.parseAsRoot(OptionalModes.separated(arguments))
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
        let text = HelpText(pack == nil ? description : description.ofSelfExtracting(name), calledAs: name)
        return arguments.prefix { $0 != "--" }.contains("--help") ? text.long : text.short
    }

    /// Errors of ours begin with a small letter and end without a full stop.
    private func sentence(_ text: String) -> String {
        let starts = ["The ", "Unknown ", "Unexpected ", "Missing "]
        // Many values stand in a list, one a line.
        var text = text.replacing(text: "one of the following:\n  - ", with: "one of ").replacing(
            text: "\n  - ", with: ", ")
        if text.hasSuffix(".") { text = String(text.dropLast()) }
        return starts.contains { text.hasPrefix($0) } ? text.prefix(1).lowercased() + text.dropFirst() : text
    }
}
