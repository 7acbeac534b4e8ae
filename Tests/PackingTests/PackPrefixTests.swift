import Archive
import CondaModel
import Fetch
@testable import Packing
import Support
import TestKit
import Testing

@Suite("Packing an environment from the disk") struct PackPrefixTests {
    let directory: TemporaryDirectory
    let reporter = RecordingReporter()

    init() throws {
        directory = try TemporaryDirectory()
        let package = try directory.write("c/linux-64/a-1.0-0.conda", "package")
        try directory.write("env/share/a.txt", "a")
        try directory.write("env/share/b.txt", "b")
        let hash = SHA256Hasher.hash(Array("a".utf8)).hex
        try directory.write(
            "env/conda-meta/a-1.0-0.json",
            """
            {"name": "a", "version": "1.0", "build": "0", "build_number": 0, "depends": [], "subdir": "linux-64",
             "url": "file://\(package)", "fn": "a-1.0-0.conda", "timestamp": 1600000000,
             "sha256": "\(SHA256Hasher.hash(Array("package".utf8)).hex)",
             "files": ["share/a.txt", "share/b.txt"],
             "paths_data": {"paths": [
               {"_path": "share/a.txt", "path_type": "hardlink", "sha256": "\(hash)"},
               {"_path": "share/b.txt", "path_type": "hardlink", "sha256": "\(hash)", "prefix_placeholder": "/x"}
             ], "paths_version": 1}}
            """)
        let wheel = makeWheel("w", "2.0")
        let path = try directory.write("wheels/w-2.0-py3-none-any.whl", wheel)
        try directory.write(
            "env/lib/python3.12/site-packages/w-2.0.dist-info/METADATA",
            "Metadata-Version: 2.1\nName: w\nVersion: 2.0\n")
        try directory.write(
            "env/lib/python3.12/site-packages/w-2.0.dist-info/RECORD",
            "w-2.0.dist-info/METADATA,,\nw-2.0.dist-info/RECORD,,\nw-2.0.dist-info/direct_url.json,,\n../../../bin/w,,\n"
        )
        try directory.write("env/bin/w", "")
        try directory.write(
            "env/lib/python3.12/site-packages/w-2.0.dist-info/direct_url.json",
            #"{"url": "file://\#(path)", "archive_info": {"hashes": {"sha256": "\#(SHA256Hasher.hash(wheel).hex)"}}}"#)
    }

    private func request() -> PackRequest {
        var request = PackRequest(manifest: ".", version: "1.0.0")
        // Most packages here are but a few bytes.
        request.planCheck = .none
        request.prefix = directory("env")
        request.output = .file(directory("out.tar"))
        return request
    }

    private func failure(_ request: PackRequest) -> String {
        do {
            try request.pack(reporter: reporter)
            return ""
        } catch { return "\(error)" }
    }

    @Test func packsWhatTheRecordsName() throws {
        let result = try request().pack(reporter: reporter)
        #expect(result.packages == 1)
        #expect(result.wheels == 1)
        let pack = try PackReader.open(directory("out.tar"))
        #expect(pack["channel/linux-64/a-1.0-0.conda"] != nil)
        #expect(pack["pypi/w-2.0-py3-none-any.whl"] != nil)
        let index = try #require(pack["channel/linux-64/repodata.json"]).open().readAll()
        #expect(String(decoding: index, as: UTF8.self).contains("\"timestamp\": 1600000000000"))
        #expect(reporter.messages.allSatisfy { !$0.contains("which the pack will not have") })
    }

    @Test func changesByHandAreReported() throws {
        try directory.write("env/share/a.txt", "changed")
        try Sys.unlink(directory("env/share/b.txt"))
        try directory.write("env/notes.txt", "mine")
        try request().pack(reporter: reporter)
        let expected = [
            "warning: 1 file was changed after its installation, which the pack will not have: 'share/a.txt'",
            "warning: 1 file of a package was removed, which the pack will not have: 'share/b.txt'",
            "warning: 1 file belongs to no package, which the pack will not have: 'notes.txt'",
        ]
        #expect(expected.allSatisfy(reporter.messages.contains), "\(reporter.messages)")
    }

    @Test("files of wheels are compared with their RECORD")
    func changedWheelsAreReported() throws {
        let hash = "sha256=" + Base64.url.encode(SHA256Hasher.hash(Array("one".utf8)).bytes)
        try directory.write("env/lib/python3.12/site-packages/w/__init__.py", "two")
        try directory.write(
            "env/lib/python3.12/site-packages/w-2.0.dist-info/RECORD",
            "w/__init__.py,\(hash),3\nw-2.0.dist-info/METADATA,,\nw-2.0.dist-info/RECORD,,\n"
                + "w-2.0.dist-info/direct_url.json,,\n../../../bin/w,,\n")
        try request().pack(reporter: reporter)
        let warning =
            "warning: 1 file was changed after its installation, which the pack will not have: "
            + "'lib/python3.12/site-packages/w/__init__.py'"
        #expect(reporter.messages.filter { $0.contains("which the pack") } == [warning], "\(reporter.messages)")
    }

    @Test func unknownOriginsAreNamed() throws {
        try Sys.unlink(directory("env/lib/python3.12/site-packages/w-2.0.dist-info/direct_url.json"))
        #expect(
            failure(request())
                == "it is not recorded where these Python packages come from, or they are not there any more: w")
        var request = request()
        request.ignoresNonWheels = true
        try request.pack(reporter: reporter)
        #expect(reporter.messages.contains("warning: left out, as nothing tells where their wheels are: w"))
        request.ignoresNonWheels = false
        request.inject = [directory("wheels/w-2.0-py3-none-any.whl")]
        #expect(try request.pack(reporter: reporter).wheels == 1)
    }

    @Test("wheels from an index are found there again, and only if every file is the one installed")
    func indexes() throws {
        let python = try ChildProcess.needed("python3")
        let folder = "env/lib/python3.12/site-packages/w-2.0.dist-info"
        try Sys.unlink(directory("\(folder)/direct_url.json"))
        func wheel(_ init: String, _ fileName: String, recorded: String? = nil) throws {
            let hash = "sha256=" + Base64.url.encode(SHA256Hasher.hash(Array((recorded ?? `init`).utf8)).bytes)
            var zip = ZipBuilder()
            zip.add("w/__init__.py", `init`)
            zip.add("w-2.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: w\nVersion: 2.0\n")
            zip.add(
                "w-2.0.dist-info/RECORD",
                "w/__init__.py,\(hash),1\nw-2.0.data/scripts/w,sha256=x,1\nw-2.0.dist-info/RECORD,,\n")
            try directory.write("index/files/\(fileName)", zip.finish())
        }
        try wheel("one", "w-2.0-py3-none-any.whl")
        try wheel("two", "w-2.0-1-py3-none-any.whl")
        // The RECORD of what is installed, and other contents.
        try wheel("bad", "w-2.0-2-py3-none-any.whl", recorded: "one")
        try directory.write("index/files/w-2.0-cp312-cp312-linux_x86_64.whl", "not even opened")
        try directory.write(
            "index/simple/w/index.html",
            """
            <!DOCTYPE html><html><body><a href="../../files/w-2.0.tar.gz">w-2.0.tar.gz</a>
            <a href="../../files/w-2.0-cp312-cp312-linux_x86_64.whl">x</a>
            <a class=x href='/files/w-2.0-1-py3-none-any.whl'>w</a>
            <a class=x href='/files/w-2.0-2-py3-none-any.whl'>w</a>
            <a href="../../files/w-2.0-py3-none-any.whl#sha256=\(
                SHA256Hasher.hash(try directory.read("index/files/w-2.0-py3-none-any.whl")).hex)">w</a></body></html>
            """)
        let server = try ServerProcess([
            python, "-u", "-c",
            "import functools, http.server as h, sys; H = type('H', (h.SimpleHTTPRequestHandler,), {'log_message': "
                + "lambda *a: None}); s = h.ThreadingHTTPServer(('127.0.0.1', 0), functools.partial(H, "
                + "directory=sys.argv[1])); print(s.server_port); s.serve_forever()",
            directory("index").lossyString,
        ])
        let index = try WebURL("http://127.0.0.1:\(server.readLine())/simple")
        let record = "w/__init__.py,sha256=" + Base64.url.encode(SHA256Hasher.hash(Array("one".utf8)).bytes) + ",1\n"
        try directory.write("\(folder)/RECORD", record + "../../../bin/w,,\n")
        try directory.write("\(folder)/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        try directory.write("env/lib/python3.12/site-packages/w/__init__.py", "one")
        var request = request()
        request.indexes = [try WebURL("\(index.text)/nothing"), index]
        #expect(try request.pack(reporter: reporter).wheels == 1)
        let pack = try PackReader.open(directory("out.tar"))
        #expect(
            try #require(pack["pypi/w-2.0-py3-none-any.whl"]).open().readAll()
                == directory.read("index/files/w-2.0-py3-none-any.whl"))
        request.indexes = nil
        request.fetch.environment = ProcessEnvironment(["PIP_INDEX_URL": index.text])
        #expect(try request.pack(reporter: reporter).wheels == 1)
        try directory.write("\(folder)/RECORD", "w/__init__.py,sha256=other,1\n")
        #expect(
            failure(request)
                == "it is not recorded where these Python packages come from, and no index has them as they are: w")
        withExtendedLifetime(server) {}
    }

    @Test("what a wheel puts beside its modules is compared, wherever the installer has put it")
    func data() throws {
        let site = "env/lib/python3.12/site-packages"
        func hash(_ text: String) -> ByteString {
            ByteString("sha256=" + Base64.url.encode(SHA256Hasher.hash(Array(text.utf8)).bytes))
        }
        let wheel = UnrecordedWheel(
            name: try PyPIName("w"), version: try PEP440Version("2.0"), tags: [],
            hashes: [
                "w/a.py": hash("a"), "p.py": hash("p"), "../../../share/w/d": hash("d"), "../../../bin/tool": hash("t"),
                "../../../include/site/python3.12/w/w.h": hash("h"), "../../../bin/own": hash("made by the installer"),
            ], folder: directory(site))
        try directory.write("env/bin/script", "#!/env/bin/python\nrest\n")
        func difference(_ changes: [String: String] = [:]) throws -> ByteString? {
            var members = [
                "w/a.py": "a", "w-2.0.data/purelib/p.py": "p", "w-2.0.data/data/share/w/d": "d",
                "w-2.0.data/scripts/tool": "t", "w-2.0.data/scripts/script": "#!python\nrest\n",
                "w-2.0.data/scripts/own": "a launcher", "w-2.0.data/headers/w.h": "h",
                "w-2.0.dist-info/entry_points.txt": "[console_scripts]\nown = w:main\n",
                "w-2.0.dist-info/RECORD": "w/a.py,\(hash("a")),1\n",
            ]
            members.merge(changes) { $1 }
            var zip = ZipBuilder()
            for (name, text) in members.sorted(by: { $0.key < $1.key }) { zip.add(name, text) }
            let path = try directory.write("wheels/d-2.0-py3-none-any.whl", zip.finish())
            return try wheel.difference(from: File.open(path).slice())
        }
        try directory.write("\(site)/w-2.0.dist-info/entry_points.txt", "[console_scripts]\nown = w:main\n")
        #expect(try difference() == nil)
        for name in ["purelib/p.py", "data/share/w/d", "scripts/tool", "headers/w.h"] {
            #expect(try difference(["w-2.0.data/\(name)": "other"]) == ByteString("w-2.0.data/\(name)"))
        }
        #expect(try difference(["w-2.0.data/scripts/script": "#!python\nother\n"]) == "w-2.0.data/scripts/script")
        #expect(try difference(["w-2.0.data/data/share/w/more": "d"]) == "w-2.0.data/data/share/w/more")
    }

    @Test("the folder of a project in what direct_url.json names is where it is built [PEP 610]")
    func subdirectory() throws {
        let tar = try ChildProcess.needed("tar")
        let standIns = StandIns(directory: directory)
        try directory.write("made/w-2.0-py3-none-any.whl", makeWheel("w", "2.0"))
        try standIns.add("uv", "cat \"$9/where\" >>'\(directory.path)/seen'; cp '\(directory.path)'/made/*.whl \"$5/\"")
        try directory.write("project/src/py/where", "in the archive\n")
        try directory.write("project/where", "at the top\n")
        try directory.write("folder/my py/where", "in the folder\n")
        let archived = try ChildProcess.run([tar, "-czf", "project.tar.gz", "project"], in: directory.path)
        try #require(archived.status == 0)
        try directory.write(
            "env/conda-meta/python-3.12.4-0.json",
            """
            {"name": "python", "version": "3.12.4", "build": "0", "build_number": 0, "depends": [], "subdir": "linux-64",
             "url": "file://\(try directory.write("c/linux-64/python-3.12.4-0.conda", "package"))",
             "sha256": "\(SHA256Hasher.hash(Array("package".utf8)).hex)", "fn": "python-3.12.4-0.conda", "files": []}
            """)
        let origin = "env/lib/python3.12/site-packages/w-2.0.dist-info/direct_url.json"
        var request = request()
        request.buildsWheels = true
        request.searchPath = standIns.searchPath
        for text in [
            #"{"url": "file://\#(directory("project.tar.gz"))", "archive_info": {}, "subdirectory": "src/py"}"#,
            #"{"url": "file://\#(directory("folder"))", "dir_info": {}, "subdirectory": "my py"}"#,
        ] {
            try directory.write(origin, text)
            #expect(try request.pack(reporter: reporter).wheels == 1)
        }
        #expect(try directory.read("seen") == Array("in the archive\nin the folder\n".utf8))
        for path in ["../x", "/x"] {
            try directory.write(
                origin,
                #"{"url": "file://\#(directory("project.tar.gz"))", "archive_info": {}, "subdirectory": "\#(path)"}"#)
            #expect(failure(request).contains("unsafe path '\(path)'"))
        }
    }

    @Test("pages of indexes in JSON")
    func json() throws {
        let page = try IndexPage(
            Array(
                #"{"files": [{"url": "w-2.0-py3-none-any.whl", "hashes": {}}, {"url": "file:///w-1-py3-none-any.whl"}]}"#
                    .utf8),
            at: WebURL("http://h/simple/w/"))
        #expect(page.wheels.map(\.url.text) == ["http://h/simple/w/w-2.0-py3-none-any.whl"])
        #expect(throws: (any Error).self) { try IndexPage(Array("{".utf8), at: WebURL("http://h/")) }
    }

    @Test func whatIsNoEnvironmentIsNamed() throws {
        var request = request()
        request.prefix = directory("c")
        #expect(failure(request).hasPrefix("'\(directory("c"))' is no conda environment: "))
        try directory.write("empty/conda-meta/history", "")
        request.prefix = directory("empty")
        #expect(failure(request) == "'\(directory("empty/conda-meta"))' has no records of packages")
        try directory.write(
            "bad/conda-meta/x.json", #"{"name": "x", "version": "1", "build": "0", "build_number": 0, "depends": []}"#)
        request.prefix = directory("bad")
        #expect(failure(request).contains("it does not say where package 'x' comes from"))
    }
}
