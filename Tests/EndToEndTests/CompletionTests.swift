import TestKit
import Testing

@Suite("Completion scripts")
struct CompletionTests {
    private static let shells = ["bash", "elvish", "fish", "powershell", "zsh"]

    @Test("each shell has a script that knows the options", arguments: shells)
    func script(shell: String) throws {
        let pack = try Executable.run(["completion", "-s", shell])
        #expect(pack.status == 0)
        #expect(pack.errors == "")
        for word in ["pixi-pack", "environment", "platform", "unpack", "completion"] {
            #expect(pack.output.contains(word), "\(word) is missing in the script for \(shell)")
        }
        let unpack = try Executable.unpack(["completion", "--shell", shell])
        #expect(unpack.output.contains("env-name"))
        #expect(unpack.output.contains("pixi-unpack"))
    }

    @Test("a shell accepts its script", arguments: ["bash", "fish", "zsh"])
    func syntax(shell: String) throws {
        guard let program = ChildProcess.find(shell) else { return }
        let folder = try TemporaryDirectory()
        let script = try folder.write("script", try Executable.run(["completion", "-s", shell]).output)
        let outcome = try ChildProcess.run([program, "-n", script.lossyString])
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    @Test("an unknown shell is a mistake") func unknown() throws {
        let outcome = try Executable.run(["completion", "-s", "tcsh"])
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("'tcsh'"))
    }
}
