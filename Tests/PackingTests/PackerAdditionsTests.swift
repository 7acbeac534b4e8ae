import Archive
import CondaModel
import Packing
import Support
import TestKit
import Testing

@Suite("What is added while packing") struct PackerAdditionsTests {
    let directory: TemporaryDirectory
    let standIns: StandIns
    let reporter = RecordingReporter()

    init() throws {
        directory = try TemporaryDirectory()
        standIns = StandIns(directory: directory)
    }

    private func request(_ workspace: WorkspaceBuilder) throws -> PackRequest {
        var request = PackRequest(manifest: try workspace.write(), version: "1.0.0")
        // Most packages here are but a few bytes.
        request.planCheck = .none
        request.output = .file(directory("out.tar"))
        request.searchPath = standIns.searchPath
        return request
    }

    private func pack(_ request: PackRequest) throws -> PackReader {
        try request.pack(reporter: reporter)
        return try PackReader.open(directory("out.tar"))
    }

    private func failure(_ request: PackRequest) -> String {
        do {
            try request.pack(reporter: reporter)
            return ""
        } catch { return "\(error)" }
    }

    private func text(_ name: String, of pack: PackReader) throws -> String {
        String(decoding: try #require(pack[name]).open().readAll(), as: UTF8.self)
    }

    private func package(_ name: String, _ version: String, more: String = "") throws -> ByteString {
        try directory.write(
            "given/\(name)-\(version)-0.conda", makePackage(name, version, more: more).conda(generated: false))
    }

    private func withPython() throws -> WorkspaceBuilder {
        var workspace = WorkspaceBuilder(in: directory)
        try workspace.conda("python-3.12.4-0.conda", [1])
        return workspace
    }

    @Test("all kinds, in channel, repodata and environment.yml, also in a new subdir [lock 78, 83]")
    func injectedKinds() throws {
        var workspace = try withPython()
        try workspace.wheel("l-1.0-py3-none-any.whl", [2], name: "l")
        var request = try request(workspace)
        request.inject = [
            try package("a", "1.0"),
            try directory.write("given/b-1.0-0.tar.bz2", makePackage("b", subdir: "linux-64").tarBz2(generated: false)),
            try directory.write("given/w-1.0-py3-none-any.whl", makeWheel("w", "1.0")),
        ]
        let pack = try pack(request)
        #expect(pack["channel/noarch/a-1.0-0.conda"] != nil)
        #expect(try text("channel/noarch/repodata.json", of: pack).contains("\"a-1.0-0.conda\""))
        #expect(try text("channel/linux-64/repodata.json", of: pack).contains("\"b-1.0-0.tar.bz2\""))
        #expect(pack["pypi/w-1.0-py3-none-any.whl"] != nil)
        #expect(
            try text("environment.yml", of: pack).hasSuffix(
                """
                  - python=3.12.4=0
                  - a=1.0=0
                  - b=1.0=0
                  - pip:
                    - --no-index
                    - --find-links ./pypi
                    - l==1.0
                    - w==1.0

                """))
    }

    @Test("injection validates the whole set, its absence nothing [lock 79, 80, 85]")
    func validation() throws {
        var workspace = WorkspaceBuilder(in: directory)
        workspace.add(
            "conda", "./c/linux-64/x-1-0.conda",
            [
                "depends:", "- gone", "subdir: linux-64", "constrains:", "- a >5",
                "sha256: \(SHA256Hasher.hash([1]).hex)",
            ])
        try directory.write("workspace/c/linux-64/x-1-0.conda", [1])
        var request = try request(workspace)
        _ = try pack(request)
        request.inject = [try package("a", "1.0")]
        #expect(
            failure(request) == """
                the environment has 2 unmet dependencies:
                  package 'x=1=0' has dependency 'gone', which is not in the environment
                  package 'x=1=0' has constraint 'a >5', which is not satisfied by 'a=1.0=0' in the environment
                """)
    }

    @Test func wheelsThatDoNotFitAreAWarningOrAnError() throws {
        var request = try request(withPython())
        request.inject = [
            try directory.write(
                "given/w-1.0-cp311-cp311-win_amd64.whl", makeWheel("w", "1.0", metadata: "Requires-Dist: z\n"))
        ]
        _ = try pack(request)
        #expect(reporter.messages.contains { $0.hasPrefix("warning: wheel 'w-1.0-cp311-cp311-win_amd64.whl': it is") })
        request.isStrict = true
        #expect(failure(request).hasPrefix("the wheels do not fit together:\n  wheel 'w-1.0-cp311"))
    }

    @Test func sourcePackagesAreBuilt() throws {
        var workspace = try withPython()
        workspace.add(
            "conda", "./src",
            [
                "name: mine", "version: \"1.2\"", "subdir: noarch", "input:",
                "  hash: \(String(repeating: "a", count: 64))", "  globs: []",
            ])
        try directory.write("workspace/src/pixi.toml", "")
        try directory.write(
            "made/mine-1.2-h1_0.conda", makePackage("mine", "1.2", build: "h1_0").conda(generated: false))
        try standIns.add("pixi", "cp '\(directory.path)/made/mine-1.2-h1_0.conda' \"$3/\"")
        var request = try request(workspace)
        request.recordsContents = true
        let pack = try pack(request)
        #expect(try text("environment.yml", of: pack).contains("  - mine=1.2=h1_0\n"))
        let contents = try #require(
            try PackContents.read(JSONDocument(Array(text("pixi-pack.json", of: pack).utf8)).root))
        #expect(contents.built.map(\.fileName) == ["mine-1.2-h1_0.conda"])
        // One of that name in hand needs no build.
        try standIns.add("pixi", "exit 1")
        request.inject = [try package("mine", "1.3")]
        #expect(try text("environment.yml", of: self.pack(request)).contains("  - mine=1.3=0\n"))
    }

    @Test("what is no wheel is built on demand [lock 71, 72]")
    func wheelsAreBuilt() throws {
        var workspace = try withPython()
        workspace.pypi("./folder", name: "mine")
        var request = try request(workspace)
        request.buildsWheels = true
        request.recordsContents = true
        try directory.write("made/mine-1.0-py3-none-any.whl", makeWheel("mine", "1.0"))
        try standIns.add("uv", "cp '\(directory.path)/made/mine-1.0-py3-none-any.whl' \"$5/\"")
        let pack = try pack(request)
        #expect(pack["pypi/mine-1.0-py3-none-any.whl"] != nil)
        #expect(try text("environment.yml", of: pack).contains("--find-links ./pypi mine==1.0\n"))
        #expect(try text("pixi-pack.json", of: pack).contains("\"command\": \"uv build --wheel "))
    }

    @Test(
        "a Python that does not fit is an error with either builder, before and after the build",
        arguments: [true, false])
    func requiresPython(isLocked: Bool) throws {
        let wheel = makeWheel("mine", "1.0", metadata: isLocked ? "" : "Requires-Python: >=3.13\n")
        try directory.write("made/mine-1.0-py3-none-any.whl", wheel)
        let copy = "/bin/cp '\(directory.path)/made/mine-1.0-py3-none-any.whl'"
        let built = "echo built >>'\(directory.path)/built'; \(copy)"
        for (name, script) in [
            ("uv", "\(built) \"$5/\""), ("python3.12", "if [ \"$3\" = --version ]; then exit 0; fi; \(built) \"$8/\""),
        ] {
            let standIns = StandIns(directory: directory)
            RemoveTree.discard(directory("bin"))
            try standIns.add(name, script)
            var workspace = try withPython()
            workspace.add(
                "pypi", "./folder",
                ["name: mine", "version: \"1.0\""] + (isLocked ? ["requires_python: '>=3.13'"] : []))
            var request = try request(workspace)
            request.buildsWheels = true
            request.searchPath = standIns.ownPathOnly
            let text = failure(request)
            #expect(text.contains("requires Python >=3.13, the pack has 3.12.4"), "\(name): \(text)")
            #expect(try !Sys.exists(directory("out.tar")))
        }
        // What is known from the lock file is not built.
        #expect(try Sys.exists(directory("built")) == !isLocked)
    }

    @Test func sdistsAreFetchedAndVerified() throws {
        var workspace = try withPython()
        let sdist = try directory.write("index/mine-1.0.tar.gz", "sdist")
        workspace.pypi(
            "file://\(sdist)", name: "mine", sha256: SHA256Hasher.hash(Array("sdist".utf8)).hex)
        var request = try request(workspace)
        request.buildsWheels = true
        try directory.write("made/mine-1.0-py3-none-any.whl", makeWheel("mine", "1.0"))
        try standIns.add("uv", "test -f \"$9\"; cp '\(directory.path)/made/mine-1.0-py3-none-any.whl' \"$5/\"")
        #expect(try pack(request)["pypi/mine-1.0-py3-none-any.whl"] != nil)
    }

    @Test func wheelsNeedAPythonToBeBuiltFor() throws {
        var workspace = WorkspaceBuilder(in: directory)
        workspace.pypi("./folder", name: "mine")
        var request = try request(workspace)
        request.buildsWheels = true
        #expect(failure(request).contains("cannot build wheels of mine: the environment has no conda package 'python'"))
    }

    @Test func contentsListEveryMember() throws {
        var workspace = try withPython()
        try workspace.conda("a-1-0.conda", Array("aaa".utf8), size: .some(nil))
        try workspace.wheel("l-1.0-py3-none-any.whl", Array("wheel".utf8), name: "l")
        try directory.write("workspace/wheels/m-1.0-py3-none-any.whl", makeWheel("m", "1.0"))
        workspace.pypi("./wheels/m-1.0-py3-none-any.whl", name: "m")
        workspace.pypi("git+https://user:secret@h.org/g", name: "g")
        var request = try request(workspace)
        request.ignoresNonWheels = true
        request.recordsContents = true
        request.inject = [try package("b", "1.0")]
        let pack = try pack(request)
        let metadata = try text("pixi-pack.json", of: pack)
        let contents = try #require(try PackContents.read(JSONDocument(Array(metadata.utf8)).root))
        #expect(contents.environment == "default")
        #expect(contents.createdBy == "pixi-pack 1.0.0")
        #expect(contents.lockSHA256 == SHA256Hasher.hash(try directory.read("workspace/pixi.lock")))
        #expect(contents.injected == ["b-1.0-0.conda"])
        #expect(contents.leftOut.map(\.name) == ["g"])
        #expect(!metadata.contains("secret"))
        #expect(contents.members.map(\.path) == pack.members.map(\.name).filter { $0.description != "pixi-pack.json" })
        let check = MemberListCheck(contents)
        try check.checkSizes(pack)
        for member in pack.members { try check.checkHash(of: member) }
        // Equal inputs, equal bytes.
        let first = try directory.read("out.tar")
        _ = try self.pack(request)
        #expect(try directory.read("out.tar") == first)
    }

    @Test func withoutContentsThePackIsTheOriginals() throws {
        let pack = try pack(request(withPython()))
        #expect(
            try text("pixi-pack.json", of: pack)
                == "{\n  \"version\": \"1\",\n  \"pixi-pack-version\": \"1.0.0\",\n  \"platform\": \"linux-64\"\n}")
    }

    @Test func activationTravels() throws {
        var request = try request(withPython())
        request.carriesActivation = true
        try directory.write(
            "workspace/pixi.toml",
            "[activation]\nscripts = [\"run.sh\"]\n[activation.env]\nA = \"1\"\n[feature.x.activation.env]\nB = \"2\"\n"
        )
        try directory.write("workspace/run.sh", "echo hi\n")
        let pack = try pack(request)
        #expect(pack.members.contains { $0.name.description.hasPrefix("channel/noarch/pixi-workspace-activation-1-h") })
        // A manifest nobody can read stops nothing; pyproject.toml counts too.
        try directory.write("workspace/pixi.toml", "[[[")
        #expect(try self.pack(request).members.count == 4)
        #expect(reporter.messages.contains { $0.hasPrefix("warning: [activation] of the workspace is not packed: ") })
        try Sys.unlink(directory("workspace/pixi.toml"))
        try directory.write("workspace/pyproject.toml", "[tool.pixi.activation.env]\nA = \"1\"\n")
        #expect(try self.pack(request).members.count == 6)
    }
}
