import Support
import TestKit
import Testing

@testable import Install

/// A shell program of this machine that can read one of our scripts.
struct ShellProgram: Sendable, CustomTestStringConvertible {
    let name: String
    let shell: Shell
    /// What precedes the word with the commands.
    let arguments: [String]
    /// How to source the file `$SCRIPT` and print three variables, one a line.
    let commands: String

    var testDescription: String { name }

    static let all: [ShellProgram] =
        ["bash", "dash", "ksh", "zsh"].map { name in
            ShellProgram(
                name: name, shell: name == "zsh" ? .zsh : .bash, arguments: [name, "-c"], commands: posix)
        } + [
            ShellProgram(name: "busybox", shell: .bash, arguments: ["busybox", "sh", "-c"], commands: posix),
            ShellProgram(
                name: "fish", shell: .fish, arguments: ["fish", "--no-config", "-c"],
                commands: "source $SCRIPT; and string join : $PATH; and echo $CONDA_PREFIX; and echo $GREETING"),
            ShellProgram(
                name: "tcsh", shell: .csh, arguments: ["tcsh", "-f", "-c"],
                commands: #"source $SCRIPT:q && printf '%s\n' "$PATH:q" "$CONDA_PREFIX:q" "$GREETING:q""#),
        ]

    private static let posix = #". "$SCRIPT" && printf '%s\n' "$PATH" "$CONDA_PREFIX" "$GREETING""#

    /// The one of `.ci/tools/python`, else that of the search path.
    var program: String? {
        let name = arguments.first ?? ""
        let own = "\(ByteString("\(#filePath)").parentPath)/../../.build-python/bin/\(name)"
        return (try? Sys.exists(ByteString(own))) == true ? own : ChildProcess.find(name)
    }
}

@Suite("activation in real shells")
struct ActivationInShellsTests {
    @Test(
        "sourced for real with a blank in the prefix [install 142]", arguments: ShellProgram.all)
    func sourced(_ shell: ShellProgram) throws {
        guard let program = shell.program else {
            print("SKIPPED: no \(shell.name) on this machine, its activation script is not run")
            return
        }
        let directory = try TemporaryDirectory()
        try directory.write("my env/etc/conda/env_vars.d/a.json", #"{"GREETING": "hello"}"#)
        let setting = [Shell.fish: "set -gx GREETING ", .csh: "setenv GREETING "][shell.shell] ?? "export GREETING="
        try directory.write(
            "my env/etc/conda/activate.d/a.\(shell.shell.fileExtension)", setting + "\"$GREETING world\"\n")
        let prefix = directory("my env")
        let sources = try ActivationSources(environmentAt: prefix)
        let script = ActivationScript(shell: shell.shell, prefix: prefix, sources: sources)
        let path = try directory.write("activate.\(shell.shell.fileExtension)", script.bytes)
        let outcome = try ChildProcess.run(
            [program] + shell.arguments.dropFirst() + [shell.commands],
            environment: ["PATH": "/usr/bin:/bin", "HOME": directory.path.lossyString, "SCRIPT": path.lossyString])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output == "\(prefix)/bin:/usr/bin:/bin\n\(prefix)\nhello world\n")
    }
}
