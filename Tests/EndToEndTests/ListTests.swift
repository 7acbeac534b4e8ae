import Support
import TestKit
import Testing

@Suite("pixi-pack list")
struct ListTests {
    private static let example = Executable.checkout + "/docs/example"

    @Test("a line for each package, in pack order") func table() throws {
        let outcome = try Executable.run(["list", ListTests.example])
        #expect(outcome.status == 0)
        #expect(outcome.errors == "")
        let lines = outcome.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(
            lines == [
                ["greeter", "1.0", "0", "9.42", "KiB", "./channel/noarch/greeter-1.0-0.conda"],
                ["greeter-tour", "1.0", "0", "7.44", "KiB", "./channel/noarch/greeter-tour-1.0-0.conda"],
                ["greeter-words", "2026.1", "h1_0", "710", "B", "./channel/noarch/greeter-words-2026.1-h1_0.tar.bz2"],
            ])
    }

    @Test("JSON for programs") func json() throws {
        let outcome = try Executable.run(["list", "--json", "-p", "osx-arm64", ListTests.example + "/pixi.toml"])
        #expect(outcome.status == 0)
        let root = try JSONDocument(outcome.outputBytes).root
        #expect(root["environment"]?.string == "default")
        #expect(root["platform"]?.string == "osx-arm64")
        let packages = try #require(root["packages"]?.elements).map { $0 }
        #expect(packages.map { $0["name"]?.string } == ["greeter", "greeter-tour", "greeter-words"])
        let first = try #require(packages.first)
        #expect(first["kind"]?.string == "conda")
        #expect(first["location"]?.string == "./channel/noarch/greeter-1.0-0.conda")
        #expect(first["subdir"]?.string == "noarch")
        #expect(first["size"]?.int64 == first["record"]?["size"]?.int64)
        #expect(first["sha256"]?.string?.utf8.count == 64)
        #expect(first["record"]?["depends"]?.elements?.map(\.string) == ["greeter-words"])
    }

    @Test("an environment that is not there: what there is") func environment() throws {
        let outcome = try Executable.run(["list", "-e", "prod", ListTests.example])
        #expect(outcome.hasFailed)
        #expect(outcome.output == "")
        #expect(
            outcome.errors == "Error: environment not found in lockfile: prod\n"
                + "Hint: The lock file has the environment default.\n")
    }

    @Test("a platform the environment has not: which it has") func platform() throws {
        let outcome = try Executable.run(["list", "-p", "win-64", ListTests.example])
        #expect(outcome.hasFailed)
        #expect(
            outcome.errors == "Error: platform not found in lockfile: win-64\nHint: Environment 'default' has the "
                + "platforms linux-64, linux-aarch64, osx-64, osx-arm64.\n")
    }

    @Test("a platform that is none is a mistake") func noPlatform() throws {
        let outcome = try Executable.run(["list", "-p", "amiga-500", ListTests.example])
        #expect(outcome.status == 2)
        #expect(outcome.errors.hasPrefix("Error: 'amiga-500' is not a known platform. Valid platforms are 'noarch'"))
        #expect(outcome.errors.hasSuffix("Hint: See 'pixi-pack list --help'.\n"))
    }

    @Test("a platform by the name the lock file gives it") func namedPlatform() throws {
        let folder = try TemporaryDirectory()
        try folder.write(
            "pixi.lock",
            """
            version: 7
            platforms:
            - name: cuda
              subdir: linux-64
            environments:
              default:
                channels: []
                packages:
                  cuda: []
            packages: []

            """)
        let outcome = try Executable.run(["list", "-p", "cuda", "--json"], in: folder.path)
        #expect(outcome.errors == "")
        #expect(outcome.status == 0)
    }

    @Test("a workspace that is not there") func nowhere() throws {
        let outcome = try Executable.run(["list", "/nowhere/at/all"])
        #expect(outcome.hasFailed)
        #expect(outcome.errors.hasPrefix("Error: manifest path does not exist at /nowhere/at/all"))
    }

    @Test("a lock file that cannot be read: where, and what is wrong") func broken() throws {
        let folder = try TemporaryDirectory()
        try folder.write("pixi.lock", "environments: {}\n")
        let outcome = try Executable.run(["list"], in: folder.path)
        #expect(outcome.hasFailed)
        #expect(outcome.errors.hasPrefix("Error: could not read lockfile at ./pixi.lock: "))
    }

    @Test("a reader that went away is no crash") func closedOutput() throws {
        let shell = try #require(ChildProcess.find("sh"))
        let script = "'\(Executable.pack)' list --json '\(ListTests.example)' | true; exit 0"
        #expect(try ChildProcess.run([shell, "-c", script], environment: ["PATH": "/usr/bin:/bin"]).status == 0)
    }
}
