/// Completion scripts for the shells that the argument parser does not know. All work alike: the words of the command
/// (the program's, or the first word's command) and, behind an option with fixed values, those values; paths are left
/// to the shell.
extension CommandDescription {
    /// The program's own words, then those of each command.
    private var levels: [(word: String, command: CommandDescription)] {
        [("", self)] + subcommands.map { ($0.name, $0) }
    }

    /// Elvish: an argument completer that answers with candidates and their descriptions.
    var elvishScript: String {
        func quote(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }
        func candidate(_ word: String, _ abstract: String) -> String {
            "            edit:complex-candidate \(quote(word)) &display=\(quote("\(word)  \(abstract)"))\n"
        }
        var script = """
            set edit:completion:arg-completer[\(name)] = {|@words|
                var command = ''
                if (and (> (count $words) 2) (has-value [\(subcommands.map { quote($0.name) }.joined(separator: " "))] $words[1])) {
                    set command = $words[1]
                }
                var previous = $words[-2]
                var last = $words[-1]

            """
        for (word, command) in levels {
            script += "    if (eq $command \(quote(word))) {\n"
            for option in command.options where !option.values.isEmpty {
                let test = option.names.map { "(eq $previous \(quote($0)))" }.joined(separator: " ")
                script += "        if (or \(test)) { put \(option.values.map(quote).joined(separator: " ")); return }\n"
            }
            script += "        if (has-prefix $last '-') {\n"
            for option in command.options {
                for name in option.names { script += candidate(name, option.abstract) }
            }
            script += "            return\n        }\n"
            if word.isEmpty {
                script += "        if (eq (count $words) 2) {\n"
                for command in command.subcommands { script += candidate(command.name, command.abstract) }
                script += "        }\n"
            }
            script += "    }\n"
        }
        return script + "    edit:complete-filename $last\n}\n"
    }

    /// PowerShell: a native argument completer.
    var powershellScript: String {
        func quote(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }
        func result(_ word: String, _ abstract: String, _ kind: String) -> String {
            let tip = abstract.isEmpty ? word : abstract
            return "            [CompletionResult]::new(\(quote(word)), \(quote(word)), "
                + "[CompletionResultType]::\(kind), \(quote(tip)))\n"
        }
        var script = """
            using namespace System.Management.Automation

            Register-ArgumentCompleter -Native -CommandName \(quote(name)) -ScriptBlock {
                param($wordToComplete, $commandAst, $cursorPosition)
                $words = @($commandAst.CommandElements | ForEach-Object { $_.ToString() })
                if ($wordToComplete -ne '' -and $words.Count -gt 1) { $words = @($words[0..($words.Count - 2)]) }
                $command = if ($words.Count -gt 1) { $words[1] } else { '' }
                $previous = $words[-1]
                $known = @(\(subcommands.map { quote($0.name) }.joined(separator: ", ")))
                if ($known -notcontains $command) { $command = '' }
                $results = switch ($command) {

            """
        for (word, command) in levels {
            script += "        \(quote(word)) {\n"
            for option in command.options where !option.values.isEmpty {
                script +=
                    "            if (@(\(option.names.map(quote).joined(separator: ", "))) -ccontains $previous) {\n"
                for value in option.values { script += "    " + result(value, "", "ParameterValue") }
                script += "                return\n            }\n"
            }
            for option in command.options {
                for name in option.names { script += result(name, option.abstract, "ParameterName") }
            }
            if word.isEmpty {
                for command in command.subcommands {
                    script += result(command.name, command.abstract, "ParameterValue")
                }
            }
            script += "            break\n        }\n"
        }
        return script + """
                }
                $results | Where-Object { $_.CompletionText -clike "$wordToComplete*" }
            }

            """
    }
}
