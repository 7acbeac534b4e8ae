import ArgumentParser

/// The help of a command: in short (`-h`) one line for each option, in full (`--help`) with everything there is to say
/// and examples. Both are made of the arguments' own definitions.
struct HelpText {
    private let command: CommandDescription
    /// What a person types for the command.
    private let name: String

    init(_ command: CommandDescription, calledAs name: String) {
        self.command = command
        self.name = name
    }

    private static let width = 80
    /// Where the descriptions of the short form begin.
    private static let column = 41

    /// What `-h` prints.
    var short: String {
        var text = "\(command.abstract)\n\n\(usage)\n"
        if !command.positionals.isEmpty {
            text += "\nArguments:\n"
            for positional in command.positionals {
                text += HelpText.line("  [\(positional.name)]", positional.abstract, positional.defaultValue)
            }
        }
        for (section, options) in command.optionsBySection {
            text += "\n\(section):\n"
            for option in options {
                text += HelpText.line("  " + HelpText.spelling(option), option.abstract, option.defaultValue)
            }
        }
        text += commands
        return text + "\n'\(name) --help' says more and has examples.\n"
    }

    /// What `--help` prints.
    var long: String {
        var text = HelpText.wrapped(command.abstract, indent: 0) + "\n\(usage)\n"
        if !command.discussion.isEmpty { text += "\n" + HelpText.wrapped(command.discussion, indent: 0) }
        text += commands
        if !command.positionals.isEmpty {
            text += "\nArguments:\n"
            for positional in command.positionals {
                text += HelpText.entry(
                    "  [\(positional.name)]", positional.abstract, positional.discussion, positional.defaultValue, [])
            }
        }
        for (section, options) in command.optionsBySection {
            text += "\n\(section):\n"
            for option in options {
                text += HelpText.entry(
                    "  " + HelpText.spelling(option), option.abstract, option.discussion, option.defaultValue,
                    option.values)
            }
        }
        if !command.examples.isEmpty {
            text += "\nExamples:\n"
            for example in command.examples { text += "  # \(example.purpose)\n  \(example.line)\n" }
        }
        return text
    }

    private var usage: String {
        let own = "\(name) \(command.usage)"
        return HelpText.hasCommands(command) ? "Usage: \(own)\n       \(name) <command> [...]" : "Usage: \(own)"
    }

    /// The commands, without the argument parser's own.
    private var commands: String {
        guard HelpText.hasCommands(command) else { return "" }
        var text = "\nCommands:\n"
        for other in command.subcommands where other.name != "help" {
            text += HelpText.padded("  \(other.name)", to: 14) + other.abstract + "\n"
        }
        return text + "\n'\(name) help <command>' describes a command.\n"
    }

    private static func hasCommands(_ command: CommandDescription) -> Bool {
        command.subcommands.contains { $0.name != "help" }
    }

    /// `-o, --output-file <file>`; the long names stand below each other.
    static func spelling(_ option: CommandDescription.Option) -> String {
        var text = option.names.joined(separator: ", ")
        if option.names.first?.hasPrefix("--") == true { text = "    " + text }
        guard let value = option.valueName else { return text }
        return text + (option.isValueOptional ? "[=<\(value)>]" : " <\(value)>")
    }

    private static func line(_ head: String, _ abstract: String, _ defaultValue: String?) -> String {
        var sentence = abstract.hasSuffix(".") ? String(abstract.dropLast()) : abstract
        if let defaultValue { sentence += " [default: \(defaultValue)]" }
        return padded(head, to: column) + sentence + "\n"
    }

    private static func entry(
        _ head: String, _ abstract: String, _ discussion: String, _ defaultValue: String?, _ values: [String]
    ) -> String {
        var text = head + "\n" + wrapped(abstract, indent: 10)
        if !discussion.isEmpty { text += wrapped(discussion, indent: 10) }
        if !values.isEmpty { text += wrapped("Values: " + values.joined(separator: ", "), indent: 10) }
        if let defaultValue { text += wrapped("Default: " + defaultValue, indent: 10) }
        return text
    }

    private static func padded(_ text: String, to column: Int) -> String {
        let blanks = column - text.unicodeScalars.count
        return text + (blanks > 1 ? String(repeating: " ", count: blanks) : "  ")
    }

    /// Paragraphs (lines of the text) in lines of at most `width` characters.
    private static func wrapped(_ text: String, indent: Int) -> String {
        let margin = String(repeating: " ", count: indent)
        var result = ""
        for paragraph in text.split(separator: "\n", omittingEmptySubsequences: false) {
            var line = ""
            for word in paragraph.split(separator: " ") {
                if !line.isEmpty, indent + line.unicodeScalars.count + 1 + word.unicodeScalars.count > width {
                    result += margin + line + "\n"
                    line = ""
                }
                line += line.isEmpty ? String(word) : " \(word)"
            }
            result += line.isEmpty ? "\n" : margin + line + "\n"
        }
        return result
    }
}
