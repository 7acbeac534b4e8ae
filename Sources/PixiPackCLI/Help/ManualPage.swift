import ArgumentParser

/// The manual page of a program in the `man` macros that groff and mandoc read, made of the arguments' own definitions
/// and of what `ManualText` adds.
struct ManualPage {
    private let program: CommandDescription
    private let text: ManualText

    init(_ program: CommandDescription, _ text: ManualText) {
        self.program = program
        self.text = text
    }

    /// The page, ending with a newline.
    var roff: String {
        var page = Roff()
        let name = program.name
        page.title(name.uppercased(), "\(name) \(Program.version)")
        page.section("NAME")
        page.text("\(name) - \(ManualPage.phrase(program.abstract))")
        page.section("SYNOPSIS")
        page.macro("B", name)
        page.text(program.usage)
        for command in commands {
            page.line(".br")
            page.macro("B", "\(name) \(command.name)")
            page.text(command.usage)
        }
        page.section("DESCRIPTION")
        page.text(program.discussion.isEmpty ? program.abstract : program.discussion)
        positionals(program, &page)
        page.section("OPTIONS")
        options(program, &page)
        page.section("COMMANDS")
        for (index, command) in commands.enumerated() {
            page.macro("SS", "\(name) \(command.name) \(command.usage)")
            page.text(command.abstract)
            if !command.discussion.isEmpty {
                page.line(".PP")
                page.text(command.discussion)
            }
            // pack is the program itself.
            if index == 0, command.name == "pack" {
                page.line(".PP")
                page.text("Takes the arguments above.")
                continue
            }
            positionals(command, &page)
            options(command, &page, isHeaded: false, without: Set(ManualPage.messages(program)))
            examples(command, &page)
        }
        page.section("ENVIRONMENT")
        for (variable, meaning) in text.environment { page.item(variable, meaning) }
        page.section("FILES")
        for (file, meaning) in text.files { page.item(file, meaning) }
        page.section("EXIT STATUS")
        for (status, meaning) in text.exitStatus { page.item(status, meaning) }
        page.section("EXAMPLES")
        examples(program, &page, isHeaded: false)
        page.section("SEE ALSO")
        for (index, other) in text.seeAlso.enumerated() {
            page.macro("BR", other, index == text.seeAlso.count - 1 ? "(1)" : "(1),")
        }
        return page.text
    }

    /// The commands, without the argument parser's own.
    private var commands: [CommandDescription] { program.subcommands.filter { $0.name != "help" } }

    /// A sentence as a phrase: no full stop, a small letter in front.
    private static func phrase(_ sentence: String) -> String {
        let body = sentence.hasSuffix(".") ? sentence.dropLast() : sentence[...]
        return body.prefix(1).lowercased() + body.dropFirst()
    }

    private func positionals(_ command: CommandDescription, _ page: inout Roff) {
        for positional in command.positionals {
            var words = [positional.abstract, positional.discussion].filter { !$0.isEmpty }
            if let value = positional.defaultValue { words.append("The default is \(value).") }
            page.item(positional.name, words.joined(separator: " "), isItalic: true)
        }
    }

    /// The long names of the options of the group "Messages", which all commands have.
    private static func messages(_ command: CommandDescription) -> [String] {
        command.options.filter { $0.section == "Messages" }.flatMap(\.names)
    }

    private func options(
        _ command: CommandDescription, _ page: inout Roff, isHeaded: Bool = true, without hidden: Set<String> = []
    ) {
        for (section, options) in command.optionsBySection {
            let shown = options.filter { !$0.names.contains(where: hidden.contains) }
            if shown.isEmpty { continue }
            if isHeaded, section != CommandDescription.Option.usualSection { page.macro("SS", section) }
            for option in shown {
                var words = [option.abstract, option.discussion].filter { !$0.isEmpty }
                if !option.values.isEmpty { words.append("Values: \(option.values.joined(separator: ", ")).") }
                if let value = option.defaultValue { words.append("The default is \(value).") }
                page.option(option, words.joined(separator: " "))
            }
        }
        if !isHeaded {
            page.line(".PP")
            page.text("The options of the group Messages apply, too.")
        }
    }

    private func examples(_ command: CommandDescription, _ page: inout Roff, isHeaded: Bool = true) {
        if command.examples.isEmpty { return }
        for (index, example) in command.examples.enumerated() {
            if isHeaded || index > 0 { page.line(".PP") }
            page.text("\(example.purpose):")
            page.literal(example.line)
        }
    }
}

/// Text with macros for the `man` package of groff and mandoc.
private struct Roff {
    private(set) var text = ""

    mutating func line(_ text: String) { self.text += text + "\n" }

    /// A request with arguments in quotation marks.
    mutating func macro(_ name: String, _ arguments: String...) {
        line(
            "."
                + ([name] + arguments.map { "\"\(Roff.escaped($0).replacing(text: "\"", with: "\\(dq"))\"" }).joined(
                    separator: " "))
    }

    /// The first line. Its date is no text: nothing in it is escaped.
    mutating func title(_ name: String, _ version: String) {
        line(".TH \"\(Roff.escaped(name))\" \"1\" \"\(Program.date)\" \"\(Roff.escaped(version))\" \"User Commands\"")
    }

    mutating func section(_ title: String) { macro("SH", title) }

    /// Running text, one sentence to a line and no line too long, as roff wants it.
    mutating func text(_ text: String) {
        var column = ""
        func isEnd(_ word: Substring) -> Bool { word.hasSuffix(".") || word.hasSuffix(":") || word.hasSuffix(";") }
        for word in text.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
            let next = Roff.escaped(String(word))
            if !column.isEmpty, column.utf8.count + 1 + next.utf8.count > 72 {
                line(Roff.protected(column))
                column = ""
            }
            column += column.isEmpty ? next : " " + next
            if isEnd(word) {
                line(Roff.protected(column))
                column = ""
            }
        }
        if !column.isEmpty { line(Roff.protected(column)) }
    }

    /// A word and what it means, indented.
    mutating func item(_ word: String, _ meaning: String, isItalic: Bool = false) {
        line(".TP")
        macro(isItalic ? "I" : "B", word)
        text(meaning)
    }

    mutating func option(_ option: CommandDescription.Option, _ meaning: String) {
        line(".TP")
        var words = option.names.map { "\\fB\(Roff.escaped($0))\\fR" }.joined(separator: ", ")
        if let value = option.valueName {
            let name = "\\fI\(Roff.escaped(value))\\fR"
            words += option.isValueOptional ? "[=\(name)]" : " \(name)"
        }
        line(words)
        text(meaning)
    }

    /// A line to type.
    mutating func literal(_ text: String) {
        line(".PP")
        line(".RS 4")
        line(".nf")
        line(Roff.protected(Roff.escaped(text)))
        line(".fi")
        line(".RE")
    }

    private static func escaped(_ text: String) -> String {
        text.replacing(text: "\\", with: "\\e").replacing(text: "-", with: "\\-").replacing(text: "'", with: "\\(aq")
    }

    /// Keeps a line that begins like a request of roff from being one.
    private static func protected(_ line: String) -> String { line.hasPrefix(".") ? "\\&" + line : line }
}
