import Support
import TestKit
import Testing

@Suite("--add-pip")
struct AddPipTests {
    let folder: TemporaryDirectory

    init() throws {
        folder = try TemporaryDirectory()
        var builder = WorkspaceBuilder(in: folder)
        var python = CondaBuilder("python", version: "3.12.1")
        python.file("bin/python3.12", "", mode: 0o755)
        try builder.conda(python.stem + ".conda", python.conda())
        var wheel = WheelBuilder("w")
        wheel.add("w.py", "")
        try builder.wheel(
            wheel.fileName, wheel.archive { "sha256=" + VerifyTests.base64(SHA256Hasher.hash($0).bytes) }, name: "w")
        try builder.write()
    }

    /// Adds packages to the channel that the lock file does not name.
    private func index(_ name: String, _ packages: [(name: String, version: String, depends: [String])]) throws {
        let records = try packages.map { package in
            var builder = CondaBuilder(package.name, version: package.version, noarch: "python")
            builder.file("site-packages/\(package.name).py", "")
            let bytes = builder.conda()
            try folder.write("workspace/channel/noarch/\(builder.stem).conda", bytes)
            let depends = package.depends.map { "\"\($0)\"" }.joined(separator: ", ")
            return """
                "\(builder.stem).conda": {"name": "\(package.name)", "version": "\(package.version)", "build": "0",
                 "build_number": 0, "depends": [\(depends)], "noarch": "python", "subdir": "noarch",
                 "sha256": "\(SHA256Hasher.hash(bytes).hex)", "size": \(bytes.count)}
                """
        }
        let text =
            "{\"info\": {\"subdir\": \"noarch\"}, \"packages\": {}, \"packages.conda\": {\(records.joined(separator: ","))}}"
        try folder.write("workspace/channel/noarch/\(name)", Array(text.utf8))
    }

    private func pack(_ arguments: String...) throws -> ChildProcess.Outcome {
        try Executable.run(["--no-config", "-p", "linux-64"] + arguments, in: folder("workspace"))
    }

    @Test("adds the newest pip of Python's channel that fits, with what it needs") func added() throws {
        try index(
            "repodata.json",
            [
                ("pip", "26.0", ["python >=3.13"]), ("pip", "25.1", ["python >=3.9,<3.13", "setuptools >=60"]),
                ("pip", "25.0", ["python"]), ("setuptools", "80.0", ["python >=3.9"]),
                ("setuptools", "50.0", ["python"]),
            ])
        let outcome = try pack("--add-pip")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(
            outcome.errors.contains("Adding pip 25.1, setuptools 80.0 for conda and micromamba"),
            "\(outcome.errors)")
        let tar = try ChildProcess.run(["/bin/tar", "tf", "environment.tar"], in: folder("workspace")).output
        #expect(tar.contains("channel/noarch/pip-25.1-0.conda\n"), "\(tar)")
        let yaml = try ChildProcess.run(
            ["/bin/tar", "xOf", "environment.tar", "environment.yml"], in: folder("workspace"))
        #expect(yaml.output.contains("  - pip=25.1=0\n") && yaml.output.contains("  - pip:\n"), "\(yaml.output)")
        let list = try Executable.unpack(["inspect", "environment.tar"], in: folder("workspace"))
        #expect(list.output.contains("pip"), "\(list.output)")
        // Without it nothing of this.
        #expect(try pack("-q", "-o", "plain.tar").status == 0)
        #expect(
            try !ChildProcess.run(["/bin/tar", "tf", "plain.tar"], in: folder("workspace")).output.contains("pip-"))
    }

    @Test("asks the short index first, and fetches none in a dry run") func indexes() throws {
        try index("repodata.json", [("pip", "25.1", ["python"])])
        try index("current_repodata.json", [("pip", "25.0", ["python"])])
        let forecast = try pack("--add-pip", "--dry-run")
        #expect(forecast.status == 0 && forecast.output.contains("pip"), "\(forecast.output)\(forecast.errors)")
        #expect(try pack("--add-pip").errors.contains("Adding pip 25.0"))
    }

    @Test("says where there is none that fits") func none() throws {
        try index("repodata.json", [("pip", "26.0", ["python >=3.13"]), ("pip", "25.0", ["python", "gone"])])
        let outcome = try pack("--add-pip")
        #expect(outcome.hasFailed && outcome.errors.contains("has a pip that fits"), "\(outcome.errors)")
        #expect(outcome.errors.contains("Hint: Give one with --inject"), "\(outcome.errors)")
        #expect(try !Sys.exists(folder("workspace/environment.tar")))
    }
}
