/// The completion script for nushell: the signatures of the program and its commands as `extern` definitions, with a
/// completer for each option that has fixed values. Nushell completes names, options and paths from these itself.
extension CommandDescription {
    var nushellScript: String {
        var completers: [(name: String, values: [String])] = []
        var externs = CommandDescription.nushellExtern(self, name, &completers)
        for command in subcommands where command.name != "help" {
            externs += "\n" + CommandDescription.nushellExtern(command, "\(name) \(command.name)", &completers)
        }
        var script = "module \(name)-completions {\n"
        for completer in completers {
            let values = completer.values.map(CommandDescription.nushellQuote).joined(separator: " ")
            script += "  def \(CommandDescription.nushellQuote(completer.name)) [] { [\(values)] }\n\n"
        }
        return script + externs + "}\n\nuse \(name)-completions *\n"
    }

    private static func nushellExtern(
        _ command: CommandDescription, _ name: String, _ completers: inout [(name: String, values: [String])]
    ) -> String {
        var lines: [String] = []
        for option in command.options {
            // A signature has one long and one short name for each option.
            let long = option.names.first { $0.hasPrefix("--") }
            let short = option.names.first { !$0.hasPrefix("--") }
            guard let spelling = long.map({ $0 + (short.map { "(\($0))" } ?? "") }) ?? short else { continue }
            var line = spelling
            // Whether a value follows cannot be left open, so `--name=value` alone is for those.
            if option.takesValue, !option.isValueOptional {
                if option.values.isEmpty {
                    line += ": \(option.valueName == "file" || option.valueName == "dir" ? "path" : "string")"
                } else {
                    let completer = "nu-complete \(name) \(long ?? spelling)"
                    if !completers.contains(where: { $0.name == completer }) {
                        completers.append((completer, option.values))
                    }
                    line += ": string@\(nushellQuote(completer))"
                }
            }
            lines.append(nushellLine(line, option.abstract))
        }
        // All words that are no options: the shell offers commands by their own definitions.
        let summary = command.positionals.map(\.abstract).joined(separator: " ")
        if !command.positionals.isEmpty { lines.append(nushellLine("...arguments: path", summary)) }
        let comment = command.abstract.isEmpty ? "" : "  # \(command.abstract)\n"
        return "\(comment)  export extern \(nushellQuote(name)) [\n\(lines.joined())  ]\n"
    }

    private static func nushellLine(_ parameter: String, _ comment: String) -> String {
        comment.isEmpty ? "    \(parameter)\n" : "    \(parameter)  # \(comment)\n"
    }

    private static func nushellQuote(_ text: String) -> String {
        "\"" + text.replacing(text: "\\", with: "\\\\").replacing(text: "\"", with: "\\\"") + "\""
    }
}
