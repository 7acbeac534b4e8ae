/// Completion scripts for shells that are not asked back: the words of the command
/// (the program's, or the first word's command) and, behind an option with fixed values, those values; paths are left
/// to the shell.
extension CommandDescription {
    /// The program's own words, then those of each command.
    private var levels: [(word: String, command: CommandDescription)] {
        [("", self)] + subcommands.map { ($0.name, $0) }
    }

    /// PowerShell: a native argument completer.
    var powershellScript: String {
        func quote(_ text: String) -> String { "'" + text.replacing(text: "'", with: "''") + "'" }
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
