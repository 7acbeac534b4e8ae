import Support
import TestKit
import Testing

@Suite("Bills of materials beside packs")
final class SBOMTests: ShellSuite {
    override init() throws {
        try super.init()
        var workspace = WorkspaceBuilder(in: directory)
        var python = CondaBuilder("python", version: "3.12.1")
        python.file("bin/python3.12", "python")
        try workspace.conda("python-3.12.1-0.conda", python.conda())
        for (name, license) in [("app", "MIT"), ("lib", "LGPL-2.1-or-later AND MIT"), ("old", "Its own licence")] {
            let archive = CondaBuilder(name).conda()
            try directory.write("workspace/\(name)-1.0-0.conda", archive)
            workspace.add(
                "conda", "./\(name)-1.0-0.conda",
                [
                    "subdir: linux-64", "sha256: \(SHA256Hasher.hash(archive).hex)", "license: \(license)",
                    "timestamp: 1700000000000",
                ] + (name == "app" ? ["depends:", "- lib", "- python >=3"] : []))
        }
        var wheel = WheelBuilder("tool", "2.0")
        wheel.metadata = .text(
            "Metadata-Version: 2.4\nName: tool\nVersion: 2.0\nLicense-Expression: Apache-2.0\nRequires-Dist: app\n")
        try workspace.wheel(
            "tool-2.0-py3-none-any.whl", wheel.archive { _ in "" }, name: "tool", version: "2.0")
        try workspace.write()
    }

    private static let pack = "\"$pack\" -q --no-config -p linux-64 workspace"

    @Test("both formats, beside the pack or where they are wanted; two runs give the same bytes") func files() throws {
        let outcome = try shell("\(SBOMTests.pack) --sbom cyclonedx --sbom spdx --sbom spdx=other.json")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let (first, second) = try (directory.read("environment.cdx.json"), directory.read("environment.spdx.json"))
        #expect(try directory.read("other.json") == second)
        try Sys.mkdir(directory("b"))
        #expect(try shell("\(SBOMTests.pack) -o b/y.tar --sbom cyclonedx --sbom spdx").status == 0)
        #expect(try directory.read("b/y.cdx.json") == first)
        #expect(try directory.read("b/y.spdx.json") == second)
        let dated = try shell("\(SBOMTests.pack) --sbom cyclonedx=dated.json", ["SOURCE_DATE_EPOCH": "1"])
        #expect(dated.status == 0)
        let root = try JSONDocument(directory.read("dated.json")).root
        #expect(root["metadata"]?["timestamp"]?.string == "1970-01-01T00:00:01Z")
        #expect(try JSONDocument(first).root["metadata"]?["timestamp"]?.string == "2023-11-14T22:13:20Z")
    }

    @Test("a bundle has one for each environment, named like it") func bundle() throws {
        #expect(try shell("\(SBOMTests.pack) --sbom cyclonedx").status == 0)
        let outcome = try shell("\(SBOMTests.pack) --bundle -o b.tar --sbom cyclonedx --sbom spdx=one.json")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let plain = try directory.read("environment.cdx.json")
        #expect(try directory.read("b-default-linux-64.cdx.json") == plain)
        #expect(try JSONDocument(directory.read("one.json")).root["spdxVersion"]?.string == "SPDX-2.3")
    }

    @Test("inspect makes them of a pack that is there") func inspect() throws {
        #expect(try shell("\(SBOMTests.pack) -o a.tar --sbom cyclonedx").status == 0)
        let outcome = try shell("\"$pack\" inspect --sbom cyclonedx a.tar")
        #expect(outcome.status == 0, "\(outcome.errors)")
        // Packages of paths have no URL, so nothing is lost.
        let beside = String(decoding: try directory.read("a.cdx.json"), as: UTF8.self)
        #expect(outcome.output == beside)
    }

    /// A Python with the official schemas of CycloneDX and SPDX, and the SPDX tools (`.ci/tools/sbom`).
    private static let python = Executable.checkout + "/.build-sbom/bin/python3"

    @Test(
        "they are valid by the official schemas and the projects' own tools",
        .enabled(
            if: (try? Sys.exists(ByteString(SBOMTests.python))) == true,
            "the validators are not here: run .ci/tools/sbom"))
    func schemas() throws {
        #expect(try shell("\(SBOMTests.pack) --sbom cyclonedx=a.cdx.json --sbom spdx=a.spdx.json").status == 0)
        let program = """
            import json, jsonschema, os, sys
            from cyclonedx.schema import SchemaVersion
            from cyclonedx.validation.json import JsonStrictValidator
            from spdx_tools.spdx.parser.parse_anything import parse_file
            from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
            error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(open("a.cdx.json").read())
            print(error or "", end="")
            schema = json.load(open(os.path.join(sys.prefix, "spdx-schema-2.3.json")))
            jsonschema.validators.validator_for(schema).check_schema(schema)
            for error in jsonschema.validators.validator_for(schema)(schema).iter_errors(json.load(open("a.spdx.json"))):
                print(error)
            for message in validate_full_spdx_document(parse_file("a.spdx.json")):
                print(message.validation_message)
            """
        let outcome = try ChildProcess.run([SBOMTests.python, "-c", program], in: directory.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output == "")
    }

    @Test(
        "documents of packs, bundles, lock files and environments have NTIA's minimum elements",
        .enabled(
            if: (try? Sys.exists(ByteString(SBOMTests.python))) == true,
            "the validators are not here: run .ci/tools/sbom"))
    func minimumElements() throws {
        let made = try shell(
            """
            \(SBOMTests.pack) -o p.tar --sbom spdx=pack.json --no-plan-check
            \(SBOMTests.pack) -o b.tar --bundle --sbom spdx=bundle.json --no-plan-check
            "$pack" inspect b.tar --sbom spdx >inspected.json
            "$pack" list -p linux-64 workspace --sbom spdx >list.json
            "$pack" unpack -q --no-host-check --no-wheel-check -o there p.tar
            "$pack" inspect --env there/env --sbom spdx >environment.json
            """)
        #expect(made.status == 0, "\(made.errors)")
        let program = """
            import sys
            from ntia_conformance_checker import SbomChecker
            for name in sys.argv[1:]:
                checker = SbomChecker(name, compliance="ntia")
                if not checker.compliant: print(name, checker.output_json())
            """
        let documents = ["pack", "bundle", "inspected", "list", "environment"].map { "\($0).json" }
        let outcome = try ChildProcess.run([SBOMTests.python, "-c", program] + documents, in: directory.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output == "")
        let python = String(decoding: try directory.read("pack.json"), as: UTF8.self)
        #expect(python.contains("cpe:2.3:a:python:python:3.12.1:*:*:*:*:*:*:*"))
    }

    @Test(
        "wrong arguments",
        arguments: [
            ("--sbom nothing", "the value 'nothing' is invalid for '--sbom"),
            ("--sbom spdx=", "the value 'spdx=' is invalid for '--sbom"),
            ("--sbom spdx -o -", "--sbom needs a pack that is a file or folder, not standard output"),
            ("--sbom spdx=x -e a -e b --bundle", "--sbom with a file name is for one environment"),
            ("--sbom spdx=x -e a -e b", "--sbom with a file name is for one pack"),
        ])
    func misuse(_ options: String, _ message: String) throws {
        let outcome = try shell("\(SBOMTests.pack) \(options)")
        #expect(outcome.status == 2)
        #expect(outcome.errors.hasPrefix("Error: \(message)"), "\(outcome.errors)")
    }

    @Test("a place that cannot be written: the pack is there, and that is said") func place() throws {
        let outcome = try shell("\(SBOMTests.pack) --sbom spdx=nowhere/x.json")
        #expect(outcome.hasFailed)
        #expect(
            outcome.errors.hasPrefix(
                "Error: the pack 'environment.tar' was made, but its bill of materials was not: "
                    + "could not write 'nowhere/x.json': "))
    }
}
