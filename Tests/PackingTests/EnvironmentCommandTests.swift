import Support
import TestKit
import Testing

@testable import Packing

@Suite("running a program in an environment")
struct EnvironmentCommandTests {
    let directory: TemporaryDirectory
    var prefix: ByteString { directory("env") }

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write("env/conda-meta/history", "")
        let tool = try directory.write("env/bin/tool", "#!/bin/sh\n")
        let descriptor = try Sys.open(tool, 0)
        try Sys.chmod(descriptor, mode: 0o755)
        try Sys.close(descriptor)
    }

    private func command(
        _ words: ByteString..., variables: [ByteString] = ["PATH=/usr/bin:/bin"]
    ) throws -> EnvironmentCommand.Process {
        try EnvironmentCommand(words, prefix: prefix).process(replacing: variables)
    }

    @Test("without scripts the program itself is executed, with the variables of the activation")
    func direct() throws {
        try directory.write("env/etc/conda/env_vars.d/a.json", #"{"GREETING": "hello", "OLD": "new"}"#)
        let command = try command("tool", "-x", variables: ["OLD=old", "PATH=/usr/bin", "HOME=/h"])
        #expect(command.program == prefix.appending(path: "bin/tool"))
        #expect(command.words == ["tool", "-x"])
        #expect(
            command.environment == [
                "HOME=/h", "PATH=" + prefix + "/bin:/usr/bin", "CONDA_SHLVL=1", "CONDA_PREFIX=" + prefix,
                "GREETING=hello", "OLD=new",
            ])
    }

    @Test("with scripts a shell sources them and becomes the program")
    func scripts() throws {
        try directory.write("env/etc/conda/activate.d/a.sh", "export FROM_SCRIPT=\"$CONDA_PREFIX\"\n")
        let command = try command("sh", "-c", "echo \"$FROM_SCRIPT $1\"; exit 7", "sh", "it's")
        let outcome = try ChildProcess.run(
            [command.program.lossyString] + command.words.dropFirst().map(\.lossyString),
            environment: ["PATH": "/usr/bin:/bin"])
        #expect(outcome.output == "\(prefix) it's\n", "\(outcome.errors)")
        #expect(outcome.status == 7)
    }

    @Test("programs that cannot be started are told as shells tell it")
    func missing() throws {
        try directory.write("env/bin/plain", "no program")
        let absent = #expect(throws: EnvironmentCommand.NotStarted.self) { try command("no-such-program") }
        #expect(absent?.status == 127)
        #expect(absent?.failure.description == "there is no program 'no-such-program' in the environment or in PATH")
        let plain = prefix.appending(path: "bin/plain")
        let refused = #expect(throws: EnvironmentCommand.NotStarted.self) { try command(plain) }
        #expect(refused?.status == 126)
        #expect(refused?.failure.description == "'\(plain)' is not a program that can be run")
    }

    @Test("no environment at the path")
    func noEnvironment() throws {
        let error = #expect(throws: Failure.self) {
            try EnvironmentCommand(["x"], prefix: directory("other")).process(replacing: [])
        }
        #expect(error?.description == "there is no environment at '\(directory("other"))'")
        #expect(error?.remedy?.contains("pixi-unpack") == true)
    }
}
