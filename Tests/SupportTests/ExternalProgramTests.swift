import Support
import TestKit
import Testing

@Suite struct ExternalProgramTests {
    private func shell() throws -> ExternalProgram { try #require(ExternalProgram.find("sh")) }

    @Test func capturesBothStreamsAndTheExitCode() throws {
        let ending = try shell().run(["-c", "echo out; echo err >&2; exit 3"])
        #expect(ending.exitCode == 3)
        #expect(!ending.isSuccess)
        #expect(ending.text == "exit code 3")
        #expect(ending.output == "out\nerr\n")
    }

    @Test func setsDirectoryAndVariables() throws {
        let directory = try TemporaryDirectory()
        let ending = try shell().run(
            ["-c", "pwd -P; echo \"$A\"; echo \"${HOME-none}\""], directory: directory.path,
            environment: [("A", "x y"), ("HOME", nil)])
        #expect(ending.isSuccess)
        #expect(ending.output.string?.hasSuffix("\nx y\nnone\n") == true)
        #expect(ending.output.lossyString.contains("pixi-pack-test-"))
    }

    @Test func namesTheSignal() throws {
        let ending = try shell().run(["-c", "kill -9 $$"])
        #expect(ending.exitCode == nil)
        #expect(ending.text == "signal 9")
    }

    @Test func standardInputIsEmpty() throws {
        #expect(try shell().run(["-c", "cat"]).output.isEmpty)
    }

    @Test func keepsTheEndOfLongOutput() throws {
        let ending = try shell().run(["-c", "head -c 5000000 /dev/zero | tr '\\0' x; echo end"])
        #expect(ending.output.count == 1 << 20)
        #expect(ending.output.hasSuffix("xend\n"))
    }

    @Test func findsOnlyWhatCanRun() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("tool", "#!/bin/sh\nexit 0\n")
        #expect(ExternalProgram.find("tool", searchPath: directory.path) == nil)
        _ = try shell().run(["-c", "chmod +x \"$1\"", "sh", path])
        #expect(ExternalProgram.find("tool", searchPath: "/nowhere:" + directory.path)?.path == path)
        #expect(ExternalProgram.find(path) != nil)
        #expect(ExternalProgram.find("tool", searchPath: nil) == nil)
    }

    @Test func namesAProgramThatCannotStart() throws {
        #expect {
            try ExternalProgram(path: "/no/such/program").run([])
        } throws: {
            "\($0)"
                == "could not run '/no/such/program': start '/no/such/program': No such file or directory (os error 2)"
        }
    }
}
