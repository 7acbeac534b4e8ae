import LibC
import Support
import TestKit
import Testing

/// What the programs say when something of the machine is in the way.
@Suite("Messages", .enabled(if: Executable.isLinux64)) struct MessageTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        // Others are to come in.
        #expect(directory.path.withCString { chmod($0, 0o755) } == 0)
        var workspace = WorkspaceBuilder(in: directory, folder: "ws")
        var python = CondaBuilder("python", version: "3.12.1")
        python.file("bin/python3.12", "#!/bin/sh\n")
        try workspace.conda("python-3.12.1-0.conda", python.conda())
        let wheel = WheelBuilder("one")
        try workspace.wheel(wheel.fileName, wheel.archive { _ in "" }, name: "one")
        try workspace.write()
        let outcome = try pack("-q", "-o", "one.tar")
        if outcome.status != 0 { throw Failure("\(outcome.errors)") }
    }

    private func pack(_ arguments: String...) throws -> ChildProcess.Outcome {
        try Executable.run(["--no-config", "-p", "linux-64", "ws"] + arguments, in: directory.path)
    }

    @Test("what may not be read or written is called that", .enabled(if: OtherUser.canAct, "needs root"))
    func permissions() throws {
        try Sys.makeDirectories(directory("closed"))
        for (path, mode) in [("one.tar", mode_t(0)), ("closed", 0o555), ("ws/pixi.lock", 0o644)] {
            #expect(directory(path).withCString { chmod($0, mode) } == 0)
        }
        func message(_ arguments: String...) throws -> String {
            let outcome = try OtherUser.run(
                [Executable.pack] + arguments, environment: ["HOME": "/nonexistent", "TMPDIR": "/tmp"],
                in: directory.path)
            #expect(outcome.status == 1, "\(arguments)")
            return outcome.errors
        }
        for command in ["unpack", "inspect", "verify"] {
            let closed = try message(command, "one.tar")
            #expect(
                closed.contains("it may not be read: ") && closed.contains("Hint: Look who may read 'one.tar'"),
                "\(command): \(closed)")
        }
        #expect(directory("one.tar").withCString { chmod($0, 0o644) } == 0)
        let output = try message("--no-config", "-p", "linux-64", "ws", "-o", "closed/new.tar")
        #expect(
            output.contains("Permission denied") && output.contains("Hint: Look who may write to the folder 'closed'"),
            "\(output)")
        let environment = try message("unpack", "one.tar", "-o", "closed/new")
        #expect(
            environment.contains("Permission denied") && environment.contains("look who may write"), "\(environment)")
    }

    @Test("TMPDIR may be unset, empty or wrong")
    func temporaryFolder() throws {
        for (number, variables) in [[:], ["TMPDIR": ""], ["TMPDIR": "/nonexistent"]].enumerated() {
            let outcome = try Executable.unpack(
                ["-q", "-o", "out\(number)", "-"], environment: variables, in: directory.path,
                input: directory("one.tar"))
            #expect(outcome.status == 0, "\(variables): \(outcome.errors)")
        }
    }

    @Test("without a home a command needs a folder by name")
    func noHome() throws {
        for variables in [[:], ["HOME": ""], ["HOME": "relative", "XDG_CACHE_HOME": "relative"]] {
            let outcome = try Executable.unpack(["one.tar", "--", "true"], environment: variables, in: directory.path)
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("neither XDG_CACHE_HOME nor HOME is set"), "\(outcome.errors)")
            #expect(outcome.errors.contains("Hint: Name a directory with -o DIR"), "\(outcome.errors)")
        }
    }

    @Test("that conda would need pip is said to those who ask")
    func pip() throws {
        let words = "compatibility mode cannot work if no pip installed"
        #expect(try !pack("-o", "two.tar").errors.contains(words))
        #expect(try pack("-v", "-o", "three.tar").errors.contains(words))
        let inspected = try Executable.run(["inspect", "one.tar"], in: directory.path)
        #expect(
            inspected.output.contains("There is no pip in it: conda and micromamba cannot install the wheel."),
            "\(inspected.output)")
    }

    @Test("what to do next fits the machine the pack is for")
    func next() throws {
        let here = try pack("-o", "four.tar").errors
        #expect(here.hasSuffix("Next: pixi-unpack four.tar\n"), "\(here)")
    }
}
