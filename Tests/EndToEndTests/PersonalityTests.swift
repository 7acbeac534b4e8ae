import Support
import TestKit
import Testing

@Suite("Names of the program")
struct PersonalityTests {
    /// As the program says it, in the form of semantic versioning.
    private static let version: String = {
        let text = (try? Executable.run(["--version"]).output) ?? ""
        let version = text.split(whereSeparator: \.isWhitespace).last.map(String.init) ?? ""
        return version.split(separator: ".").count == 3 ? version : "no version"
    }()

    @Test("a symbolic link called pixi-unpack unpacks, in any folder") func symbolicLink() throws {
        let folder = try TemporaryDirectory()
        try Sys.symlink(ByteString(Executable.pack), at: folder("pixi-unpack"))
        let outcome = try ChildProcess.run([folder("pixi-unpack").lossyString, "--version"])
        #expect(outcome.output == "pixi-unpack \(PersonalityTests.version)\n")
        #expect(outcome.errors == "")
        #expect(outcome.status == 0)
    }

    @Test("a copy called pixi-unpack-… unpacks") func copy() throws {
        let folder = try TemporaryDirectory()
        let copy = try folder.write(
            "pixi-unpack-x86_64", try File.open(ByteString(Executable.pack)).slice().readAll(limit: 1 << 30))
        let descriptor = try Sys.open(copy, 0)
        try Sys.chmod(descriptor, mode: 0o755)
        try Sys.close(descriptor)
        #expect(try ChildProcess.run([copy.lossyString, "-V"]).output == "pixi-unpack \(PersonalityTests.version)\n")
    }

    @Test(
        "--version in any place",
        arguments: [["--version"], ["-V"], ["-q", "--version"], ["pack", "-V"], ["unpack", "--version"]])
    func version(arguments: [String]) throws {
        let outcome = try Executable.run(arguments)
        #expect(outcome.output == "pixi-pack \(PersonalityTests.version)\n")
        #expect(outcome.status == 0)
    }

    @Test(
        "help goes to standard output",
        arguments: [
            (["--help"], "Usage: pixi-pack "), (["-h"], "Usage: pixi-pack "),
            (["pack", "--help"], "Usage: pixi-pack pack "),
            (["unpack", "-h"], "Usage: pixi-pack unpack "), (["help", "unpack"], "Usage: pixi-pack unpack "),
            (["help"], "Usage: pixi-pack "), (["--environment", "x", "--help"], "Usage: pixi-pack "),
        ])
    func help(arguments: [String], text: String) throws {
        let outcome = try Executable.run(arguments)
        #expect(outcome.output.contains(text))
        #expect(outcome.errors == "")
        #expect(outcome.status == 0)
    }

    @Test("pixi-unpack has its own help") func unpackHelp() throws {
        let outcome = try Executable.unpack(["--help"])
        #expect(outcome.output.contains("Usage: pixi-unpack "))
        #expect(outcome.output.contains("--env-name"))
    }
}
