import Support
import TestKit
import Testing

/// `pixi-unpack run`.
@Suite struct RunCommandTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write("env/conda-meta/history", "")
        try directory.write("env/etc/conda/env_vars.d/a.json", #"{"GREETING": "hello"}"#)
    }

    private func run(_ arguments: String...) throws -> ChildProcess.Outcome {
        try Executable.unpack(["run"] + arguments, environment: ["PATH": "/usr/bin:/bin"], in: directory.path)
    }

    @Test func aProgramGetsTheEnvironmentAndItsArguments() throws {
        let outcome = try run(
            "-e", "./env", "--", "sh", "-c", #"echo "$CONDA_PREFIX $GREETING $1 $2"; exit 7"#, "sh", "-e", "--")
        #expect(outcome.status == 7)
        #expect(outcome.output == "\(directory("env")) hello -e --\n")
        #expect(outcome.errors == "")
    }

    @Test(
        "shell-hook prints the activation of any environment",
        arguments: [
            ("bash", #"eval "$(./pixi-unpack shell-hook -e 'other env')""#),
            ("zsh", #"eval "$(./pixi-unpack shell-hook -e 'other env')""#),
            ("dash", #"eval "$(./pixi-unpack shell-hook -e 'other env' -s sh)""#),
            ("fish", "./pixi-unpack shell-hook -e 'other env' | source"),
        ])
    func shellHook(_ name: String, _ words: String) throws {
        let shell = try ChildProcess.needed(name)
        try directory.write("other env/conda-meta/history", "")
        try directory.write("other env/etc/conda/env_vars.d/a.json", #"{"GREETING": "$(touch pwned)"}"#)
        try Sys.symlink(ByteString(Executable.pack), at: directory("pixi-unpack"))
        let outcome = try ChildProcess.run(
            [shell, "-c", words + #"; echo "$CONDA_PREFIX $GREETING""#],
            environment: ["PATH": "/usr/bin:/bin", "SHELL": "/bin/xonsh", "HOME": directory.path.lossyString],
            in: directory.path)
        #expect(outcome.output == "\(directory("other env")) $(touch pwned)\n", "\(outcome.errors)")
        #expect(try !Sys.exists(directory("activate.sh")) && !Sys.exists(directory("pwned")))
    }

    @Test("shell-hook needs an environment, and a shell that has one") func shellHookOfNothing() throws {
        let none = try Executable.unpack(["shell-hook", "-e", "nothing"], in: directory.path)
        #expect(none.hasFailed && none.errors.contains("there is no environment at"))
        #expect(try Executable.unpack(["shell-hook", "-s", "all"], in: directory.path).status == 2)
    }

    @Test(
        "a package's script that fails does not end a shell with set -eu that evaluates the hook",
        arguments: ["bash", "zsh", "dash", "ksh", "mksh", "yash", "busybox"])
    func hookUnderOptions(_ name: String) throws {
        let shell = try ChildProcess.needed(name)
        try Sys.symlink(ByteString(Executable.pack), at: directory("pixi-unpack"))
        try directory.write("env/etc/conda/activate.d/a.sh", "false\necho \"$NOT_SET_ANYWHERE\"\nexport RAN=yes\n")
        let start = name == "busybox" ? [shell, "sh"] : [shell]
        let hook = #"eval "$(./pixi-unpack shell-hook -s \#(name == "zsh" ? "zsh" : "sh"))""#
        let outcome = try ChildProcess.run(
            start + ["-c", "set -eu; \(hook); echo \"$RAN\"; false; echo goes on"],
            environment: ["PATH": "/usr/bin:/bin", "HOME": "/h"], in: directory.path)
        #expect(outcome.output == "\nyes\n", "\(outcome.errors)")
        #expect(outcome.status != 0, "set -e is not back")
    }

    @Test func aSignalEndsItAsTheProgram() throws {
        // Whoever runs the tests may ignore other signals, which is inherited.
        #expect(try run("sh", "-c", "kill -KILL $$").status == 128 + 9)
    }

    @Test func theUmaskIsThatOfTheCaller() throws {
        try Sys.symlink(ByteString(Executable.pack), at: directory("pixi-unpack"))
        let outcome = try ChildProcess.run(
            ["/bin/sh", "-c", "umask 027; exec ./pixi-unpack run sh -c umask"],
            environment: ["PATH": "/usr/bin:/bin"], in: directory.path)
        #expect(outcome.output == "0027\n", "\(outcome.errors)")
    }

    @Test func whatCannotBeRunIsToldAsShellsDo() throws {
        let missing = try run("no-such-program")
        #expect(missing.status == 127)
        #expect(
            missing.errors == "Error: there is no program 'no-such-program' in the environment or in PATH\n"
                + "Hint: The environment's programs are in its folder bin.\n")
        let plain = try run("./env/conda-meta/history")
        #expect(plain.status == 126)
        #expect(
            plain.errors
                == "Error: './env/conda-meta/history' is not a program that can be run\nHint: Make it executable: chmod +x.\n"
        )
    }

    @Test func mistakesAreExplained() throws {
        let nothing = try run()
        #expect(nothing.status == 2)
        #expect(nothing.errors == "Error: there is no command to run\nHint: See 'pixi-unpack run --help'.\n")
        let elsewhere = try run("-e", "other", "sh")
        #expect(elsewhere.hasFailed)
        #expect(
            elsewhere.errors
                == "Error: there is no environment at '\(directory("other"))'\nHint: Make it first: pixi-unpack PACK.\n"
        )
        let help = try run("--help")
        #expect(help.status == 0)
        #expect(help.output.hasPrefix("Run a program in an unpacked environment."))
    }
}
