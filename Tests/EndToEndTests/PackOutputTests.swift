import Support
import TestKit
import Testing

@Suite("What pack writes")
struct PackOutputTests {
    private let example = Executable.checkout + "/docs/example"

    /// Runs a shell line in `folder`, with the program as `$pack` and the example as `$example`.
    private func shell(_ line: String, in folder: TemporaryDirectory, _ environment: [String: String] = [:]) throws
        -> ChildProcess.Outcome
    {
        let variables = ["PATH": "/usr/bin:/bin", "pack": Executable.pack, "example": example]
        return try ChildProcess.run(
            ["/bin/sh", "-c", line], environment: variables.merging(environment) { $1 }, in: folder.path)
    }

    @Test("lock §8 case 46: an unknown platform is a usage error that lists the valid ones")
    func unknownPlatform() throws {
        let outcome = try Executable.run(["-p", "foo", example])
        #expect(outcome.status == 2)
        #expect(outcome.output == "")
        #expect(outcome.errors.contains("'foo' is not a known platform. Valid platforms are 'noarch', 'unknown'"))
    }

    @Test("lock §8 case 55: the same bytes whatever the umask, the user's names, the time and TMPDIR")
    func reproducible() throws {
        let folder = try TemporaryDirectory()
        try Sys.mkdir(folder("tmp"))
        #expect(try shell("umask 022; \"$pack\" -q -o a.tar \"$example\"", in: folder).status == 0)
        let other = ["TMPDIR": folder("tmp").lossyString, "USER": "other", "LOGNAME": "other", "TZ": "Asia/Tokyo"]
        let second = try shell("umask 077; \"$pack\" -q -o b.tar \"$example\"", in: folder, other)
        #expect(second.status == 0, "\(second.errors)")
        #expect(try folder.read("a.tar") == folder.read("b.tar"))
    }

    @Test("lock §8 case 66: -o - puts the tar and nothing else on standard output")
    func standardOutput() throws {
        let folder = try TemporaryDirectory()
        #expect(try shell("\"$pack\" -o - \"$example\" > piped.tar", in: folder).status == 0)
        #expect(try shell("\"$pack\" -q -o file.tar \"$example\"", in: folder).status == 0)
        #expect(try folder.read("piped.tar") == folder.read("file.tar"))
        #expect(try Sys.list(folder.path).sorted() == ["file.tar", "piped.tar"])
    }

    @Test("a pack goes through a pipe into an environment") func pipe() throws {
        let folder = try TemporaryDirectory()
        let outcome = try shell(
            "\"$pack\" -q -o - \"$example\" | \"$pack\" unpack -q -o out - && . out/activate.sh && greet", in: folder)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output == "Saluton, world!\n")
    }
}
