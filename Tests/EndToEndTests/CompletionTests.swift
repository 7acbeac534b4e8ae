import TestKit
import Testing

@Suite("Completion scripts")
struct CompletionTests {
    private static let shells = ["bash", "elvish", "fish", "nushell", "powershell", "zsh"]

    @Test("each shell has a script that knows the options, or asks the program", arguments: shells)
    func script(shell: String) throws {
        let pack = try Executable.run(["completion", "-s", shell])
        #expect(pack.status == 0)
        #expect(pack.errors == "")
        let isAsking = !["nushell", "powershell"].contains(shell)
        let words = isAsking ? ["__complete"] : ["environment", "platform", "unpack", "completion"]
        for word in ["pixi-pack"] + words {
            #expect(pack.output.contains(word), "\(word) is missing in the script for \(shell)")
        }
        let unpack = try Executable.unpack(["completion", "--shell", shell])
        #expect(unpack.output.contains(isAsking ? "__complete" : "env-name"))
        #expect(unpack.output.contains("pixi-unpack"))
    }

    @Test(
        "what fits where",
        arguments: [
            (["-"], "-e\t"), (["--inj"], "--inject\t"), (["lis"], "list\t"), (["--compat", ""], "original\n"),
            (["--compat="], "--compat=original\n"), (["-q", "list", "--al"], "--all\t"),
            (["-o", ""], "files\n"), (["--prefix", ""], "dirs\n"), (["-i", "a.conda", ""], "files:*.conda"),
            (["list", ""], "files:*.toml"), (["-p", "linux-"], "linux-64\n"), (["x", ""], "none\n"),
        ])
    func answers(words: [String], line: String) throws {
        let answer = try Executable.run(["__complete", "--"] + words)
        #expect(answer.status == 0 && answer.output.contains(line), "\(answer.output)")
    }

    @Test("a shell accepts its script", arguments: ["bash", "fish", "zsh"])
    func syntax(shell: String) throws {
        let program = try ChildProcess.needed(shell)
        let folder = try TemporaryDirectory()
        let script = try folder.write("script", try Executable.run(["completion", "-s", shell]).output)
        let outcome = try ChildProcess.run([program, "-n", script.lossyString])
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    @Test("nushell: a module of signatures, each option once, with completers for fixed values") func nushell() throws {
        let script = try Executable.run(["completion", "-s", "nushell"]).output
        let lines = script.split(separator: "\n")
        #expect(lines.first == "module pixi-pack-completions {")
        #expect(lines.last == "use pixi-pack-completions *")
        let (opening, closing) = (script.count { "[{".contains($0) }, script.count { "]}".contains($0) })
        #expect(opening == closing)
        let completers = Set(
            script.split(separator: "def \"").dropFirst().compactMap { $0.split(separator: "\"").first })
        for part in script.split(separator: "export extern ").dropFirst() {
            let options = part.split(separator: "\n").filter { $0.hasPrefix("    --") }
            let names = options.compactMap { $0.split(whereSeparator: { " (:".contains($0) }).first }
            #expect(names.count == Set(names).count && names.contains("--help"))
            for use in part.split(separator: "string@\"").dropFirst() {
                #expect(completers.contains(use.prefix { $0 != "\"" }), "\(use.prefix(60)) is not defined")
            }
        }
        #expect(script.contains("    --environment(-e): string  # "))
        #expect(script.contains("export extern \"pixi-pack list\" ["))
        #expect(script.contains("[\"auto\" \"always\" \"never\"]"))
    }

    @Test("nushell accepts its script, if it is installed", .enabled(if: ChildProcess.find("nu") != nil))
    func nushellSyntax() throws {
        let folder = try TemporaryDirectory()
        let script = try folder.write("script.nu", try Executable.run(["completion", "-s", "nushell"]).output)
        let outcome = try ChildProcess.run(
            [ChildProcess.find("nu") ?? "", "--no-config-file", "-c", "source \(script); help pixi-pack list"],
            environment: ["HOME": folder.path.lossyString, "PATH": "/usr/bin:/bin"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("--platform"))
    }

    @Test("an unknown shell is a mistake") func unknown() throws {
        let outcome = try Executable.run(["completion", "-s", "tcsh"])
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("'tcsh'"))
    }
}
