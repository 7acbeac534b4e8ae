import ArgumentParser
import Support

/// A command's words as help, manual and completion scripts need them, from the argument parser's own description of the
/// command.
struct CommandDescription {
    var name: String
    let abstract: String
    var discussion: String
    var positionals: [Positional]
    /// All options, also those that the help does not show.
    let allOptions: [Option]
    let subcommands: [CommandDescription]
    var examples: [CommandExample]
    /// The options most people need, which help shows first.
    let common: [String]

    /// One argument that is told by its place.
    struct Positional {
        let name: String
        let abstract: String
        let discussion: String
        let defaultValue: String?
        let isOptional: Bool
        let isRepeating: Bool
        /// Stands after `--`.
        let isAfterTerminator: Bool
    }

    /// One option, with all its spellings.
    struct Option {
        /// Spellings with dashes, such as `-o` and `--output-file`.
        let names: [String]
        /// The group it is listed in.
        var section: String
        let abstract: String
        let discussion: String
        /// What stands for the value in the help, nil if it takes none.
        let valueName: String?
        let isValueOptional: Bool
        let defaultValue: String?
        /// The only possible values, empty if any is.
        let values: [String]
        /// Whether all words up to the next option are values of it.
        let isRepeating: Bool
        /// Whether the help shows it.
        let isShown: Bool

        var takesValue: Bool { valueName != nil }

        /// The options of groups without a title of their own.
        static let usualSection = "Options"
    }

    static func of(_ command: any ParsableCommand.Type) throws -> CommandDescription {
        let document = try JSONDocument(Array(command._dumpHelp().utf8))
        guard let root = document.root["command"] else { throw Failure("the command has no description") }
        return CommandDescription(root, command)
    }

    private init(_ value: JSONValue, _ type: (any ParsableCommand.Type)?) {
        name = value["commandName"]?.string ?? ""
        abstract = value["abstract"]?.string ?? ""
        discussion = value["discussion"]?.string ?? ""
        let arguments = value["arguments"]?.elements.map { Array($0) } ?? []
        positionals = arguments.compactMap(Positional.init)
        allOptions = arguments.compactMap(Option.init)
        let types = type?.configuration.subcommands ?? []
        let commands = value["subcommands"]?.elements.map { Array($0) } ?? []
        subcommands = commands.map { element in
            CommandDescription(
                element, types.first { $0.configuration.commandName == element["commandName"]?.string })
        }
        examples = (type as? any Exemplified.Type)?.examples ?? []
        common = (type as? any Exemplified.Type)?.common ?? []
    }

    /// As a self-extracting pack shows it: the pack is the file itself.
    func ofSelfExtracting(_ file: String) -> CommandDescription {
        var description = self
        let isPack = positionals.contains { $0.name == "pack-file" }
        description.positionals.removeAll { $0.name == "pack-file" }
        let program = file.split(separator: " ").first.map(String.init) ?? file
        description.examples = examples.filter {
            !$0.line.contains(text: "--base") && !$0.line.contains(text: "old.tar")
        }
        .filter {
            $0.line.contains(text: "pixi-unpack ") && !$0.line.contains(text: "new.tar")
                && !$0.line.contains(text: "delta.tar")
        }
        .map { example in
            let words = example.line.split(separator: " ").filter { !$0.hasSuffix(".tar") && $0 != "environment.sh" }
                .map(String.init)
            let line = words.joined(separator: " ").replacing(text: "pixi-unpack", with: "./" + program)
            return CommandExample(line, example.purpose)
        }
        if isPack, !file.contains(" ") {
            description.discussion +=
                (discussion.isEmpty ? "" : "\n\n") + "The commands of pixi-unpack are here, too, for this pack: "
                + "\(program) inspect, verify, run -- COMMAND, mount, completion, licenses."
        }
        return description
    }

    /// The options that the help shows.
    var options: [Option] { allOptions.filter(\.isShown) }

    /// The options by groups: those without a title first, messages last, the others in the order of their definition.
    var optionsBySection: [(section: String, options: [Option])] {
        let options = byNeed
        var sections: [String] = []
        for option in options where !sections.contains(option.section) { sections.append(option.section) }
        let last = "Messages"
        let ordered =
            sections.filter { $0 == Option.usualSection }
            + sections.filter { $0 != Option.usualSection && $0 != last } + sections.filter { $0 == last }
        return ordered.map { section in (section, options.filter { $0.section == section }) }
    }

    /// The options that the help shows, in front those most people need, as a group of their own.
    private var byNeed: [Option] {
        let first = common.compactMap { name in options.first { $0.names.contains(name) } }.map { option in
            var option = option
            option.section = Option.usualSection
            return option
        }
        return first + options.filter { option in !first.contains { $0.names == option.names } }
    }

    /// The arguments as a line that shows how to use the command, without its name.
    var usage: String {
        var words = options.isEmpty ? [] : ["[options]"]
        for positional in positionals {
            let name = positional.isRepeating ? "\(positional.name)..." : positional.name
            let word = positional.isAfterTerminator ? "-- \(name)" : name
            words.append(positional.isOptional ? "[\(word)]" : word)
        }
        return words.joined(separator: " ")
    }
}

extension CommandDescription.Positional {
    fileprivate init?(_ value: JSONValue) {
        guard value["shouldDisplay"]?.bool != false, value["kind"]?.string == "positional" else { return nil }
        name = value["valueName"]?.string ?? "argument"
        abstract = value["abstract"]?.string ?? ""
        discussion = value["discussion"]?.string ?? ""
        defaultValue = value["defaultValue"]?.string
        isOptional = value["isOptional"]?.bool ?? false
        isRepeating = value["isRepeating"]?.bool ?? false
        let strategy = value["parsingStrategy"]?.string
        isAfterTerminator = strategy == "postTerminator" || strategy == "allRemainingInput"
    }
}

extension CommandDescription.Option {
    /// Nil for positional arguments.
    fileprivate init?(_ value: JSONValue) {
        guard let kind = value["kind"]?.string, kind != "positional", let names = value["names"]?.elements else {
            return nil
        }
        let spellings = names.map { ($0["kind"]?.string == "short" ? "-" : "--") + ($0["name"]?.string ?? "") }
        self.names = spellings.filter { !$0.hasPrefix("--") } + spellings.filter { $0.hasPrefix("--") }
        let isHelp = self.names.contains("--help")
        section = isHelp ? "Messages" : value["sectionTitle"]?.string ?? Self.usualSection
        abstract = isHelp ? "Print help: -h in short, --help in full." : value["abstract"]?.string ?? ""
        discussion = value["discussion"]?.string ?? ""
        valueName = kind == "option" ? value["valueName"]?.string ?? "value" : nil
        isValueOptional = value["parsingStrategy"]?.string == "scanningForValue"
        // A flag that is off says nothing by its default.
        defaultValue = kind == "option" && !isValueOptional ? value["defaultValue"]?.string : nil
        isRepeating = value["parsingStrategy"]?.string == "upToNextOption"
        isShown = value["shouldDisplay"]?.bool != false
        let values = value["allValues"]?.elements ?? value["completionKind"]?["list"]?["values"]?.elements
        self.values = values.map { $0.compactMap(\.string) } ?? []
    }
}
