import Support
import TestKit
import Testing

@Suite("Results for programs: JSON by its schema, and an exit status for each kind of failure")
struct ResultTests {
    let folder: TemporaryDirectory
    let workspace: ByteString

    init() throws {
        folder = try TemporaryDirectory()
        var builder = WorkspaceBuilder(in: folder)
        for name in ["a", "b"] {
            var package = CondaBuilder(name)
            package.file("share/\(name)", name)
            if name == "b" { package.file("bin/.b-post-link.sh", "echo said > $PREFIX/.messages.txt\n", mode: 0o755) }
            package.info.file("info/licenses/LICENSE.txt", "The text of \(name)\n")
            try builder.conda("\(name)-1.0-0.conda", package.conda())
        }
        workspace = try builder.write()
        try folder.write("workspace/pixi.toml", "[workspace]\nname = \"demo\"\nversion = \"1.2\"\n")
    }

    private func pack(_ arguments: String...) throws -> ChildProcess.Outcome {
        try Executable.run(["--no-config", "-p", "linux-64"] + arguments, in: workspace)
    }

    private func unpack(_ arguments: String...) throws -> ChildProcess.Outcome {
        try Executable.unpack(arguments, environment: ["PATH": "/usr/bin:/bin"], in: workspace)
    }

    /// Holds a text against a schema of docs/json with Debian's python3-jsonschema.
    private func validate(_ text: String, _ schema: String) throws {
        let file = try folder.write("result.json", text)
        let script = """
            import json, sys
            try:
                import jsonschema
            except ImportError:
                sys.exit(77)
            jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))
            """
        let python = try #require(ChildProcess.find("python3"))
        let outcome = try ChildProcess.run(
            [python, "-c", script, file.lossyString, "\(Executable.checkout)/docs/json/\(schema).schema.json"],
            environment: ["PATH": "/usr/bin:/bin"])
        #expect([0, 77].contains(outcome.status), "\(outcome.errors.suffix(1500)) in \(text)")
    }

    private func json(_ text: String) throws -> JSONValue { try JSONDocument(Array(text.utf8)).root }

    @Test("packing: path, hash, size, packages, warnings, seconds") func packed() throws {
        let outcome = try pack("--json", "-o", "x.tar")
        #expect(outcome.status == 0, "\(outcome.errors)")
        try validate(outcome.output, "pack")
        let result = try json(outcome.output)
        let bytes = try File.open(workspace.appending(path: "x.tar")).slice()
        #expect(result["path"]?.string == "x.tar" && result["packages"]?.int64 == 2)
        #expect(result["size"]?.int64 == bytes.length)
        #expect(result["sha256"]?.string == (try bytes.sha256().hex))
        let warnings = result["warnings"]?.elements.map { $0.compactMap(\.string) } ?? []
        #expect(warnings.contains { $0.contains("1 package has a post-link script (b)") }, "\(warnings)")
        try validate(try pack("--json", "--directory-only", "-o", "d").output, "pack")
        let refused = try pack("--json", "-o", "-")
        #expect(refused.status == 2 && refused.output == "")
        let forecast = try pack("--dry-run", "--json")
        try validate(forecast.output, "pack-dry-run")
        try validate(try Executable.run(["list", "--json", "-p", "linux-64"], in: workspace).output, "list")
        let progress = try pack("--json-progress", "-o", "y.tar").errors
        for line in progress.split(separator: "\n") { try validate(String(line), "progress") }
        #expect(progress.contains("\"items-done\"") && progress.contains("\"items_done\""))
    }

    @Test("the bytes of a phase are packed ones, and all of them come") func bytes() throws {
        var builder = WorkspaceBuilder(in: folder, folder: "sizes")
        var python = CondaBuilder("python", version: "3.11.7")
        python.file("bin/python3.11", "#!/bin/sh\n", mode: 0o755)
        python.file("lib/data.txt", String(repeating: "much the same ", count: 300_000))
        let conda = python.conda()
        try builder.conda("python-3.11.7-0.conda", conda, size: .some(.none))
        let wheel = WheelBuilder("pure").archive { "sha256=" + Base64.url.encode(SHA256Hasher.hash($0).bytes) }
        try builder.wheel("pure-1.0-py3-none-any.whl", wheel, name: "pure")
        let place = try builder.write()
        func events(_ outcome: ChildProcess.Outcome) throws -> [JSONValue] {
            #expect(outcome.status == 0, "\(outcome.errors)")
            return try outcome.errors.split(separator: "\n").map {
                try validate(String($0), "progress")
                return try json(String($0))
            }
        }
        let packed = try events(
            Executable.run(["--no-config", "-p", "linux-64", "--json-progress"], in: place))
        let sizes = Int64(conda.count + wheel.count)
        #expect(packed.last { $0["event"]?.string == "phase-ended" }?["bytes-done"]?.int64 == sizes)
        #expect(packed.contains { $0["event"]?.string == "item-sized" && $0["bytes"]?.int64 == Int64(conda.count) })
        let unpacked = try events(
            Executable.unpack(
                ["--json-progress", "--no-host-check"], environment: ["PATH": "/usr/bin:/bin"], in: place))
        #expect(unpacked.first { $0["event"]?.string == "phase-began" }?["bytes"]?.int64 == sizes, "\(unpacked)")
        #expect(unpacked.last { $0["event"]?.string == "phase-ended" }?["bytes-done"]?.int64 == sizes)
    }

    @Test("unpacking, verifying, looking inside") func unpacked() throws {
        #expect(try pack("-q").status == 0)
        let dry = try unpack("--dry-run", "--json")
        try validate(dry.output, "unpack")
        #expect(try json(dry.output)["dry-run"]?.bool == true)
        let outcome = try unpack("--json")
        #expect(outcome.status == 0, "\(outcome.errors)")
        try validate(outcome.output, "unpack")
        let result = try json(outcome.output)
        #expect(result["packages"]?.int64 == 2 && result["new"]?.bool == true)
        #expect(outcome.errors.contains("1 package has a post-link script (b), which is not run; with --run-post-link"))
        try validate(try unpack("verify", "--json", "environment.tar").output, "verify")
        try validate(try unpack("--verify", "--json").output, "verify")
        let inspected = try unpack("inspect", "--json").output
        try validate(inspected, "inspect")
        let inventory = try json(inspected)
        #expect(
            inventory["workspace"]?["name"]?.string == "demo" && inventory["workspace"]?["version"]?.string == "1.2")
        #expect(inventory["created-by"]?.string?.hasPrefix("pixi-pack ") == true)
        #expect(inventory["lock-sha256"]?.string?.utf8.count == 64)
        let text = try unpack("inspect").output
        for line in ["workspace: demo 1.2\n", "made by: pixi-pack ", "lock file: sha256 "] {
            #expect(text.contains(line), "\(text)")
        }
        let installed = try unpack("inspect", "--env", "env", "--json")
        #expect(installed.status == 0, "\(installed.errors)")
        try validate(installed.output, "inspect")
    }

    @Test("post-link scripts that are run say what they say") func postLink() throws {
        #expect(try pack("-q").status == 0)
        let outcome = try unpack("--run-post-link")
        #expect(outcome.status == 0 && outcome.errors.contains("said"), "\(outcome.errors)")
        #expect(!outcome.errors.contains("not run"))
    }

    @Test("licences: texts to a folder, and some denied") func licenses() throws {
        #expect(try pack("-q").status == 0)
        let texts = try unpack("inspect", "--license-texts", "texts", "environment.tar")
        #expect(texts.status == 0, "\(texts.errors)")
        let text = try File.open(workspace.appending(path: "texts/a-1.0-0/LICENSE.txt")).slice().readAll()
        #expect(text == Array("The text of a\n".utf8))
        let denied = try unpack("inspect", "environment.tar", "--deny", "none")
        #expect(denied.status == 1 && denied.output.contains("a 1.0: no licence given"), "\(denied.errors)")
        #expect(try unpack("inspect", "environment.tar", "--deny", "GPL*").status == 0)
    }

    @Test("bills of materials have suppliers and a version, also of a lock file and an environment") func bills() throws
    {
        #expect(try pack("-q").status == 0)
        #expect(try unpack("-q").status == 0)
        let list = try Executable.run(["list", "--sbom", "spdx", "-p", "linux-64"], in: workspace)
        #expect(list.status == 0, "\(list.errors)")
        for document in [
            list.output, try unpack("inspect", "--sbom", "spdx").output,
            try unpack("inspect", "--env", "env", "--sbom", "spdx").output,
        ] {
            let packages = try json(document)["packages"]?.elements.map { Array($0) } ?? []
            #expect(packages.count == 3, "\(document)")
            for package in packages { #expect(package["supplier"] != nil && package["versionInfo"] != nil) }
        }
        #expect(list.output.contains("\"versionInfo\": \"1.2\"") && list.output.contains("Organization: demo"))
    }

    @Test("each kind of failure has its exit status") func status() throws {
        #expect(try pack("--no-such-option").status == 2)
        #expect(try pack("nowhere").status == 3)
        #expect(try pack("-e", "nothing").status == 3)
        #expect(try unpack("nowhere.tar").status == 3)
        #expect(try pack("-q", "-o", "good.tar").status == 0)
        var bytes = try File.open(workspace.appending(path: "good.tar")).slice().readAll()
        // In the first package.
        let start = try #require(bytes.indices.first { bytes[$0...].starts(with: [0x50, 0x4B, 3, 4]) })
        bytes[start + 60] ^= 1
        try folder.write("workspace/bad.tar", bytes)
        #expect(try unpack("verify", "bad.tar").status == 4)
        try folder.write("workspace/cut.tar", bytes.prefix(2000).map { $0 })
        #expect(try unpack("cut.tar").status == 4)
        try folder.write(
            "net/pixi.lock",
            """
            version: 6
            environments:
              default:
                channels: []
                packages:
                  linux-64:
                  - conda: http://127.0.0.1:1/c/linux-64/a-1.0-0.conda
            packages:
            - conda: http://127.0.0.1:1/c/linux-64/a-1.0-0.conda
              sha256: \(SHA256Hasher.hash([]).hex)
            """)
        let unreached = try pack("--retries", "0", folder("net").lossyString)
        #expect(unreached.status == 5, "\(unreached.errors)")
        let progress = try pack("--retries", "1", "--json-progress", folder("net").lossyString)
        for event in ["item-asked", "item-waiting", "item-failed"] {
            #expect(progress.errors.contains("\"event\": \"\(event)\""), "\(progress.errors)")
        }
        for line in progress.errors.split(separator: "\n") { try validate(String(line), "progress") }
        #expect(try pack("-q", "-p", "osx-arm64").status == 3)
    }

    @Test("a place no program could be run from is refused") func colon() throws {
        #expect(try pack("-q").status == 0)
        let outcome = try unpack("-o", "a:b")
        #expect(outcome.hasFailed && outcome.errors.contains("it has a colon in it"), "\(outcome.errors)")
        #expect(try unpack("-q", "-o", "a\"$b`c").status == 0)
        let run = try unpack("run", "-e", "a\"$b`c/env", "--", "sh", "-c", "echo \"$CONDA_PREFIX\"")
        #expect(run.output.hasSuffix("/a\"$b`c/env\n"), "\(run.errors)")
    }

    @Test("started by a self-extracting pack: --version says what it holds, --install-unpacker leaves pixi-unpack")
    func selfExtracting() throws {
        #expect(try pack("-q").status == 0)
        let word = "--run-self-extracting-pack-1"
        let version = try Executable.run([word, "environment.tar", "--version"], in: workspace).output
        #expect(
            version.hasPrefix("pixi-unpack ") && version.contains("\nholds default for linux-64: 2 packages, made by"))
        let list = try Executable.run([word, "environment.tar", "list"], in: workspace)
        #expect(list.output.hasPrefix("default for linux-64: 2 packages"), "\(list.errors)")
        let put = try Executable.run([word, "environment.tar", "--install-unpacker", "bin"], in: workspace)
        #expect(put.status == 0, "\(put.errors)")
        let program = workspace.appending(path: "bin/pixi-unpack").lossyString
        #expect(try ChildProcess.run([program, "--version"]).output.hasPrefix("pixi-unpack "))
    }
}
