import Support
import TestKit
import Testing

@Suite("Scripts of packages that fail while an environment is activated")
struct FailingActivationTests {
    let folder: TemporaryDirectory

    init() throws {
        folder = try TemporaryDirectory()
        var builder = WorkspaceBuilder(in: folder)
        var package = CondaBuilder("a")
        package.file(
            "etc/conda/activate.d/a.sh",
            "false\necho \"$NOT_SET_ANYWHERE\"\ncase $- in *[eu]*) ;; *) export RAN=yes ;; esac\n")
        try builder.conda("a-1.0-0.conda", package.conda())
        try builder.write()
        _ = try Executable.run(
            [
                "--no-config", "-q", "-p", "linux-64", "--create-executable", "--pixi-unpack-source", Executable.pack,
            ], in: folder("workspace"))
        _ = try Executable.run(["--no-config", "-q", "-p", "linux-64"], in: folder("workspace"))
    }

    /// Sources the script in a shell, and says whether that goes on and what it takes for its options afterwards.
    private func source(in name: String) throws -> ChildProcess.Outcome {
        let shell = try ChildProcess.needed(name)
        return try ChildProcess.run(
            (name == "busybox" ? [shell, "sh"] : [shell])
                + ["-c", "set -eu; . ./activate.sh; echo \"$RAN ${_PIXI_PACK_OPTIONS-none}\"; false; echo goes on"],
            environment: ["PATH": "/usr/bin:/bin", "HOME": "/h"], in: folder("workspace"))
    }

    @Test(
        "the script of an environment does not end a shell with set -eu, and leaves its options as they were",
        arguments: ["bash", "zsh", "dash", "ksh", "mksh", "yash", "busybox"])
    func unpacked(_ name: String) throws {
        let run = try Executable.unpack(["--no-host-check", "environment.tar"], in: folder("workspace"))
        #expect(run.status == 0, "\(run.errors)")
        let outcome = try source(in: name)
        #expect(outcome.output == "\nyes none\n", "\(outcome.errors)")
        #expect(outcome.status != 0, "set -e is not back")
    }

    @Test("nor does that of a self-extracting pack") func selfExtracting() throws {
        let run = try ChildProcess.run(
            [folder("workspace/environment.sh").lossyString, "--no-host-check"],
            environment: ["PATH": "/usr/bin:/bin", "HOME": "/h"], in: folder("workspace"))
        #expect(run.status == 0, "\(run.errors)")
        #expect(try source(in: "bash").output == "\nyes none\n")
    }

    @Test(
        "a shell that is named gets the original's text, without anything around the scripts of packages",
        arguments: [["-s", "bash"], ["--compat", "original"]])
    func original(_ options: [String]) throws {
        let run = try Executable.unpack(
            ["--no-host-check", "environment.tar"] + options, in: folder("workspace"))
        #expect(run.status == 0, "\(run.errors)")
        let prefix = folder("workspace/env")
        #expect(
            try ByteString(folder.read("workspace/activate.sh")).lossyString == """
                export PATH="\(prefix)/bin:${PATH}"
                export CONDA_SHLVL=1
                export CONDA_PREFIX=\(prefix)
                . \(prefix)/etc/conda/activate.d/a.sh

                """)
    }
}
