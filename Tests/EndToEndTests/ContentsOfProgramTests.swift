import Support
import TestKit
import Testing

/// What both programs say they consist of. The debug build knows versions, the release licences and texts as well.
@Suite("What is in the program")
struct ContentsOfProgramTests {
    /// Whether the program under test is a release, with the list of its components inside.
    private static let isRelease = (try? Executable.run(["licenses"]).status) == 0

    private func json(_ arguments: [String]) throws -> JSONValue {
        let outcome = try Executable.run(arguments)
        #expect(outcome.status == 0 && outcome.errors == "")
        return try JSONDocument(outcome.outputBytes).root
    }

    @Test(
        "--version --verbose lists every library with its version",
        arguments: [["--version", "--verbose"], ["-Vv"], ["-v", "-V"]])
    func table(arguments: [String]) throws {
        let outcome = try Executable.run(arguments)
        #expect(outcome.status == 0 && outcome.errors == "")
        let lines = outcome.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(lines.first?.first == "pixi-pack")
        for name in ["bzip2", "curl", "libarchive", "libdeflate", "libyaml", "libzstd", "openssl", "zlib"] {
            let line = try #require(lines.first { $0.first == name }, "\(name) is not listed")
            #expect(line[1].first?.isNumber == true)
            if ContentsOfProgramTests.isRelease { #expect(line[2] != "-") }
        }
        #expect(try Executable.unpack(arguments).output.hasPrefix("pixi-unpack "))
    }

    @Test("--version --json is for programs") func machine() throws {
        let root = try json(["--version", "--json"])
        #expect(root["name"]?.string == "pixi-pack")
        #expect(root["license"]?.string == "BSD-3-Clause")
        let components = try #require(root["components"]?.elements.map { Array($0) })
        #expect(components.count >= 8)
        for component in components {
            #expect(component["version"]?.string?.isEmpty == false)
            if ContentsOfProgramTests.isRelease {
                #expect(component["license"]?.string?.isEmpty == false)
                #expect(component["purl"]?.string?.hasPrefix("pkg:") == true)
            }
        }
    }

    @Test("with other arguments --version is the line alone") func line() throws {
        for arguments in [["--version", "-e", "x"], ["inspect", "-v", "--version", "x.tar"]] {
            #expect(try Executable.run(arguments).output.split(separator: "\n").count == 1)
        }
    }

    @Test("licenses prints every text; without one it says how to get them") func licenses() throws {
        let outcome = try Executable.run(["licenses"])
        guard ContentsOfProgramTests.isRelease else {
            #expect(outcome.hasFailed)
            #expect(outcome.errors.contains("this build has no licence texts in it"))
            return
        }
        for text in [
            "BSD 3-Clause License", "GNU LESSER GENERAL PUBLIC LICENSE", "Runtime Library Exception",
            "Apache License", "curl", "Copyright",
        ] {
            #expect(outcome.output.contains(text), "\(text) is missing")
        }
        let components = try #require(try json(["--version", "--json"])["components"]?.elements.map { Array($0) })
        for component in components {
            let title = "\(component["name"]?.string ?? "") \(component["version"]?.string ?? "") "
            #expect(outcome.output.contains("\n" + title), "\(title)has no text")
        }
        #expect(try Executable.unpack(["licenses"]).outputBytes == outcome.outputBytes)
    }

    @Test(
        "whoever gets a self-extracting pack can read what is in it, and its licences",
        arguments: [
            ["licenses"], ["licenses", "--sbom", "cyclonedx"], ["--version", "--verbose"], ["--version", "--json"],
        ])
    func selfExtracting(arguments: [String]) throws {
        let inside = try Executable.run(["--run-self-extracting-pack-1", "./environment.sh"] + arguments)
        let outside = try Executable.unpack(arguments)
        #expect(inside.status == outside.status)
        #expect(inside.outputBytes == outside.outputBytes)
        #expect(inside.errors == outside.errors)
    }

    /// A Python with the official schema of CycloneDX (`.ci/tools/sbom`).
    private static let python = Executable.checkout + "/.build-sbom/bin/python3"

    @Test(
        "its bill of materials is valid by the official schema",
        .enabled(
            if: (try? Sys.exists(ByteString(ContentsOfProgramTests.python))) == true,
            "the validators are not here: run .ci/tools/sbom"))
    func schema() throws {
        let bill = try Executable.run(["licenses", "--sbom", "cyclonedx"])
        #expect(bill.status == 0)
        let directory = try TemporaryDirectory()
        try directory.write("a.cdx.json", bill.outputBytes)
        let program = """
            from cyclonedx.schema import SchemaVersion
            from cyclonedx.validation.json import JsonStrictValidator
            print(JsonStrictValidator(SchemaVersion.V1_6).validate_str(open("a.cdx.json").read()) or "", end="")
            """
        let outcome = try ChildProcess.run([ContentsOfProgramTests.python, "-c", program], in: directory.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output == "")
    }
}
