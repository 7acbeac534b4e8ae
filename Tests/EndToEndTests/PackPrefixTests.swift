import CondaModel
import Support
import TestKit
import Testing

@Suite("Packing an environment that was unpacked")
struct PackPrefixTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        var workspace = WorkspaceBuilder(in: directory)
        var python = CondaBuilder("python", version: "3.12.1")
        python.file("bin/python3.12", "python", mode: 0o755)
        python.file("lib/python3.12/site.py", "site")
        try workspace.conda("python-3.12.1-0.conda", python.conda())
        try workspace.addLibraryAndWheel()
        try workspace.write()
        try succeed(pack(["-o", "first.tar", "workspace"]))
        try succeed(unpack(["first.tar"]))
    }

    private func pack(_ arguments: [String]) throws -> ChildProcess.Outcome {
        try Executable.run(arguments, environment: ["HOME": directory.path.lossyString], in: directory.path)
    }

    private func unpack(_ arguments: [String]) throws -> ChildProcess.Outcome {
        try Executable.unpack(arguments, environment: ["HOME": directory.path.lossyString], in: directory.path)
    }

    private func succeed(_ outcome: ChildProcess.Outcome) throws {
        try #require(outcome.status == 0, "\(outcome.errors)")
    }

    private func packages(_ pack: String) throws -> [String] {
        let outcome = try unpack(["inspect", pack, "--json"])
        try #require(outcome.status == 0, "\(outcome.errors)")
        let list = try JSONDocument(Array(outcome.output.utf8)).root["packages"]?.elements.map(Array.init) ?? []
        return list.map { "\($0["file"]?.string ?? "") \($0["sha256"]?.string ?? "")" }
    }

    @Test("the packages are taken from the pack it came from, and nothing else is needed")
    func fromItsPack() throws {
        let outcome = try pack(["--prefix", "env", "-o", "second.tar"])
        try succeed(outcome)
        #expect(!outcome.errors.contains("which the pack will not have"), "\(outcome.errors)")
        #expect(try packages("second.tar") == packages("first.tar"))
        try succeed(unpack(["verify", "second.tar"]))
        try succeed(pack(["--prefix", "env", "--dry-run", "-o", "third.tar"]))
    }

    @Test("changed and added files are named, those of wheels too")
    func changes() throws {
        try directory.write("env/lib/python3.12/site-packages/greet/__init__.py", "hello = 2\n")
        try directory.write("env/share/mine", "mine")
        let errors = try pack(["--prefix", "env", "-o", "second.tar"]).errors
        #expect(
            errors.contains(
                "1 file was changed after its installation, which the pack will not have: "
                    + "'lib/python3.12/site-packages/greet/__init__.py'"))
        #expect(errors.contains("1 file belongs to no package, which the pack will not have: 'share/mine'"))
    }

    @Test("without the pack all that is missing is named, with what to do; a folder of packages will do")
    func withoutItsPack() throws {
        try Sys.rename(directory("first.tar"), to: directory("moved.tar"))
        let wheel = "workspace/wheels/greet-1.0-py3-none-any.whl"
        let lost = try pack(["--prefix", "env", "--ignore-pypi-non-wheel", "-o", "second.tar"])
        #expect(lost.hasFailed)
        #expect(
            lost.errors.contains("packages of the environment 'env' are not any more where they came from:")
                && lost.errors.contains("first.tar/channel/noarch': library-1.0-0.tar.bz2")
                && lost.errors.contains("': python-3.12.1-0.conda"), "\(lost.errors)")
        #expect(lost.errors.contains("--use-cache") && lost.errors.contains("--inject FILE"))
        let noWheel = try pack(["--prefix", "env", "--use-cache", "workspace/channel", "-o", "second.tar"])
        #expect(noWheel.errors.contains("or they are not there any more: greet"), "\(noWheel.errors)")
        try succeed(
            pack(["--prefix", "env", "--inject", wheel, "--use-cache", "workspace/channel", "-o", "second.tar"]))
        #expect(try packages("second.tar") == packages("moved.tar"))
    }

    @Test("a wheel of an index with other wheels inside it, as setuptools has them, is one package")
    func vendored() throws {
        var workspace = WorkspaceBuilder(in: directory, folder: "vendoring")
        var python = CondaBuilder("python", version: "3.12.1")
        python.file("bin/python3.12", "python", mode: 0o755)
        try workspace.conda("python-3.12.1-0.conda", python.conda())
        var wheel = WheelBuilder("setuptools")
        wheel.add("setuptools/__init__.py", "x = 1\n")
        let inner = "setuptools/_vendor/wheel-0.43.0.dist-info"
        wheel.add("\(inner)/METADATA", "Metadata-Version: 2.1\nName: wheel\nVersion: 0.43.0\n")
        wheel.add("\(inner)/RECORD", "wheel/__init__.py,sha256=AAAA,1\n")
        let bytes = wheel.archive { "sha256=" + VerifyTests.base64(SHA256Hasher.hash($0).bytes) }
        try workspace.wheel(wheel.fileName, bytes, name: "setuptools")
        try workspace.write()
        try succeed(pack(["-o", "vendoring.tar", "vendoring"]))
        try succeed(unpack(["-e", "other", "vendoring.tar"]))
        try succeed(unpack(["verify", "other"]))
        try Sys.rename(directory("vendoring.tar"), to: directory("away.tar"))
        try directory.write("index/simple/setuptools/index.html", "<a href=\"../../\(wheel.fileName)\">x</a>")
        try directory.write("index/\(wheel.fileName)", bytes)
        let server = try ServerProcess([
            "python3", "-u", "-c",
            "import functools, http.server as h, sys; H = type('H', (h.SimpleHTTPRequestHandler,), {'log_message': "
                + "lambda *a: None}); s = h.ThreadingHTTPServer(('127.0.0.1', 0), functools.partial(H, "
                + "directory=sys.argv[1])); print(s.server_port); s.serve_forever()",
            directory("index").lossyString,
        ])
        let index = "http://127.0.0.1:\(try server.readLine())/simple"
        try succeed(
            pack(["--prefix", "other", "--index-url", index, "--use-cache", "vendoring/channel", "-o", "second.tar"]))
        let found = try packages("second.tar")
        #expect(found.contains("pypi/\(wheel.fileName) \(SHA256Hasher.hash(bytes).hex)"), "\(found)")
        #expect(try packages("second.tar").count == 2)
        withExtendedLifetime(server) {}
    }

    @Test("a newer pack in its place is not taken for the one it came from")
    func anotherPackInItsPlace() throws {
        var workspace = WorkspaceBuilder(in: directory, folder: "other")
        var library = CondaBuilder("library", noarch: "generic")
        library.file("share/library", "another library")
        try workspace.conda("library-1.0-0.tar.bz2", library.tarBz2(), subdir: "noarch")
        try workspace.write()
        try succeed(pack(["-o", "first.tar", "other"]))
        let outcome = try pack(["--prefix", "env", "--ignore-pypi-non-wheel", "-o", "second.tar"])
        #expect(outcome.hasFailed && outcome.errors.contains("library-1.0-0.tar.bz2"), "\(outcome.errors)")
    }
}
