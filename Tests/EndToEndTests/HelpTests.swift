import TestKit
import Testing

@Suite("Help and manual")
struct HelpTests {
    private static let programs: [(program: String, commands: [String])] = [
        (
            "pixi-pack",
            ["pack", "unpack", "list", "inspect", "verify", "config", "keygen", "cache", "completion", "manual"]
        ),
        ("pixi-unpack", ["run", "shell-hook", "inspect", "verify", "completion", "manual"]),
    ]

    private func run(_ program: String, _ arguments: [String]) throws -> ChildProcess.Outcome {
        program == "pixi-pack" ? try Executable.run(arguments) : try Executable.unpack(arguments)
    }

    @Test("-h has one line for each option, and none is longer than 100", arguments: ["pixi-pack", "pixi-unpack"])
    func short(program: String) throws {
        let commands = HelpTests.programs.first { $0.program == program }?.commands ?? []
        for words in [[]] + commands.map({ [$0] }) {
            let help = try run(program, words + ["-h"])
            #expect(help.status == 0)
            #expect(help.output.contains("Usage: \(([program] + words).joined(separator: " ")) ["))
            for line in help.output.split(separator: "\n") {
                #expect(line.unicodeScalars.count <= 100, "\(words) has a long line: \(line)")
                guard line.hasPrefix("  -") || line.hasPrefix("      --") else { continue }
                // A description stands on the same line, and says everything.
                #expect(line.contains("  ") && !line.hasSuffix(">"), "\(words) does not describe: \(line)")
            }
            #expect(!help.output.contains("Examples:"))
        }
    }

    @Test("--help has groups and examples, wrapped at 80", arguments: ["pixi-pack", "pixi-unpack"])
    func long(program: String) throws {
        let commands = HelpTests.programs.first { $0.program == program }?.commands ?? []
        for words in [[]] + commands.map({ [$0] }) {
            let help = try run(program, words + ["--help"])
            #expect(help.status == 0)
            #expect(help.output.contains("\nExamples:\n"), "\(words) has no examples")
            #expect(help.output.contains("\nMessages:\n"))
            for line in help.output.split(separator: "\n") where line.hasPrefix("          ") {
                #expect(line.unicodeScalars.count <= 80, "\(words) has a long line: \(line)")
            }
            #expect(try run(program, ["help"] + words).output == help.output)
        }
    }

    @Test("the first screen of -h has the options that nine of ten people need") func firstScreen() throws {
        for (help, options) in [
            (
                try Executable.run(["pack", "-h"]),
                [
                    "--environment", "--platform", "--output-file", "--create-executable", "--inject", "--cache",
                    "--config",
                ]
            ),
            (
                try Executable.unpack(["-h"]),
                ["[pack-file]", "--output-directory", "--env-name", "--shell", "--force", "--verify-key", "--dry-run"]
            ),
        ] {
            let screen = help.output.split(separator: "\n", omittingEmptySubsequences: false).prefix(24)
            for option in options { #expect(screen.contains { $0.contains(option) }, "\(option) in \(screen)") }
        }
    }

    @Test("groups of options") func groups() throws {
        let pack = try Executable.run(["--help"]).output
        for group in ["Options", "Output", "Packages", "Network", "Messages"] {
            #expect(pack.contains("\n\(group):\n"))
        }
        let unpack = try Executable.unpack(["-h"]).output
        for group in ["Options", "Activation", "Packages", "Instead of installing", "Messages"] {
            #expect(unpack.contains("\n\(group):\n"))
        }
    }

    @Test("the manual has every section, every command and every option of the help", arguments: programs)
    func manual(program: String, commands: [String]) throws {
        let page = try run(program, ["manual"])
        #expect(page.status == 0)
        let sections = [
            "NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "COMMANDS", "ENVIRONMENT", "FILES", "EXIT STATUS",
            "EXAMPLES", "SEE ALSO",
        ]
        let found = page.output.split(separator: "\n").filter { $0.hasPrefix(".SH ") }
        #expect(found == sections.map { ".SH \"\($0)\"" })
        for command in commands {
            let name = "\(program) \(command)".replacing("-", with: "\\-")
            #expect(page.output.contains(".SS \"\(name) "), "\(command) is missing")
            let help = try run(program, [command, "-h"]).output
            for word in help.split(whereSeparator: { " \n,='.[".contains($0) })
            where word.hasPrefix("--") && word.count > 2 {
                #expect(page.output.contains(word.replacing("-", with: "\\-")), "\(command) \(word) is missing")
            }
        }
    }

    @Test(
        "groff and mandoc find nothing wrong with the manual", arguments: ["pixi-pack", "pixi-unpack"],
        [["mandoc", "-T", "lint"], ["groff", "-man", "-ww", "-z"]])
    func manualLint(program: String, words: [String]) throws {
        let tool = try ChildProcess.needed(words[0])
        let folder = try TemporaryDirectory()
        let page = try folder.write("page.1", try run(program, ["manual"]).output).lossyString
        let outcome = try ChildProcess.run([tool] + words.dropFirst() + [page], environment: ["PATH": "/usr/bin:/bin"])
        #expect(outcome.status == 0)
        #expect(outcome.output + outcome.errors == "")
    }
}
