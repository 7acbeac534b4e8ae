import Archive
import CondaModel
import Packing
import Support
import TestKit
import Testing

@testable import Fetch

@Suite struct PackerTests {
    let directory: TemporaryDirectory
    let messages = Messages()

    init() throws { directory = try TemporaryDirectory() }

    /// Keeps what was said.
    final class Messages: Reporter {
        let warnings = Locked<[String]>([])
        let details = Locked<[String]>([])

        func say(_ level: MessageLevel, _ message: Message) {
            if level == .warning { warnings.withLock { $0.append(message.text) } }
            if level == .info { details.withLock { $0.append(message.text) } }
        }
        func progress(_ event: ProgressEvent) {}
        var all: [String] { warnings.withLock { $0 } }
    }

    func request(_ manifest: ByteString) -> PackRequest {
        var request = PackRequest(manifest: manifest, version: "0.7.10")
        // Most packages here are but a few bytes.
        request.planCheck = .none
        request.output = .file(directory("environment.tar"))
        return request
    }

    @discardableResult
    func pack(_ request: PackRequest) throws -> [UInt8] {
        let result = try request.pack(reporter: messages)
        guard !result.isDirectory else { return [] }
        let bytes = try directory.read("environment.tar")
        #expect(result.size == Int64(bytes.count))
        return bytes
    }

    func reader() throws -> PackReader { try PackReader.open(directory("environment.tar")) }

    func text(_ member: String) throws -> String {
        let slice = try #require(try reader()[member]).open()
        return String(decoding: try slice.readAll(), as: UTF8.self)
    }

    /// Puts a file into the cache of which the lock has no hash.
    func keep(_ bytes: [UInt8], of url: String, as fileName: String? = nil) throws {
        let fileName = fileName ?? ByteString(url).lastPathComponent.lossyString
        let key = try #require(UnhashedDownload.key(try WebURL(url), fileName: fileName))
        let path = try directory.write("cache/\(key)", bytes)
        try UnhashedDownload.write(
            .init(
                sha256: SHA256Hasher.hash(bytes), size: Int64(bytes.count),
                url: UnhashedDownload.digest(try WebURL(url))),
            besides: path)
    }

    func sample() throws -> WorkspaceBuilder {
        var workspace = WorkspaceBuilder(in: directory)
        try workspace.conda("z-1.0-0.conda", Array("zzz".utf8))
        try workspace.conda("a-1.0-0.tar.bz2", Array("aa".utf8), subdir: "noarch")
        try workspace.wheel("w-1.0-py3-none-any.whl", Array("wheel".utf8), name: "w")
        return workspace
    }

    /// The message a pack fails with; nothing may be left of it.
    func failure(_ request: PackRequest) throws -> String {
        do {
            try pack(request)
        } catch {
            #expect(try !Sys.list(directory.path).contains { $0.string?.contains("environment") ?? true })
            return "\(error)"
        }
        Issue.record("no error")
        return ""
    }

    @Test("the order of the lock's lists plays no role [lock 47]")
    func shuffled() throws {
        let first = try pack(request(try sample().write()))
        let second = try pack(request(try sample().write(reversed: true)))
        #expect(first == second)
    }

    @Test("environment.yml goes by location [lock 48]")
    func order() throws {
        try pack(request(try sample().write()))
        #expect(
            try text("environment.yml") == """
                channels:
                  - ./channel
                  - nodefaults
                dependencies:
                  - z=1.0=0
                  - a=1.0=0
                  - pip:
                    - --no-index
                    - --find-links ./pypi
                    - w==1.0

                """)
    }

    @Test("one file name from two channels is refused [lock 49]")
    func collision() throws {
        var workspace = WorkspaceBuilder(in: directory)
        try workspace.conda("a-1.0-0.conda", [1], channel: "one")
        try workspace.conda("a-1.0-0.conda", [2], channel: "two")
        #expect(
            try failure(request(try workspace.write()))
                == "'./one/linux-64/a-1.0-0.conda' and './two/linux-64/a-1.0-0.conda' would both be "
                + "'channel/linux-64/a-1.0-0.conda' in the pack")
    }

    @Test("the order of repodata.json; .tar.bz2 under packages.conda [lock 50, 51]")
    func repodata() throws {
        var workspace = WorkspaceBuilder(in: directory)
        try workspace.conda("foo-1.2+x-0.conda", [1])
        try workspace.conda("foo-1.2-0.tar.bz2", [2])
        try pack(request(try workspace.write()))
        let root = try JSONDocument(Array(try text("channel/linux-64/repodata.json").utf8)).root
        #expect(root["packages.conda"]?.members?.map(\.name) == ["foo-1.2-0.tar.bz2", "foo-1.2+x-0.conda"])
        #expect(root["packages"]?.members?.count == 0)
    }

    @Test("names of URLs are decoded in the pack, its index and the cache; not in the original's packs")
    func encodedNames() throws {
        let bytes: [UInt8] = [1, 2, 3]
        var workspace = WorkspaceBuilder(in: directory)
        workspace.add(
            "conda", "https://h.invalid/c/linux-64/x264-1%21164%2Bx-h_2.tar.bz2",
            [
                "name: x264", "version: '1!164+x'", "build: h_2", "subdir: linux-64",
                "sha256: \(SHA256Hasher.hash(bytes).hex)",
            ])
        var request = request(try workspace.write())
        request.fetch.cacheDirectory = directory("cache")
        for (records, name) in [(true, "x264-1!164+x-h_2.tar.bz2"), (false, "x264-1%21164%2Bx-h_2.tar.bz2")] {
            try directory.write("cache/linux-64/\(name)", bytes)
            request.recordsContents = records
            try pack(request)
            #expect(try reader()["channel/linux-64/\(name)"] != nil)
            let root = try JSONDocument(Array(try text("channel/linux-64/repodata.json").utf8)).root
            #expect(root["packages.conda"]?.members?.map(\.name) == [ByteString(name)])
            try RemoveTree.remove(directory("cache"))
        }
    }

    @Test("without wheels no pypi; with wheels and no pip a word with -v [lock 52, 53]")
    func wheelsAndPip() throws {
        var workspace = WorkspaceBuilder(in: directory)
        try workspace.conda("a-1.0-0.conda", [1])
        try pack(request(try workspace.write()))
        #expect(try !text("environment.yml").contains("pip"))
        #expect(try !reader().directories.contains { $0.description == "pypi" })
        #expect(messages.all == [])
        try pack(request(try sample().write()))
        #expect(messages.all == [])
        let said = messages.details.withLock { $0 }
        #expect(said.contains("conda/micromamba compatibility mode cannot work if no pip installed."), "\(said)")
    }

    @Test("a Python without pip is one that conda and mamba have to be told of, with and without wheels")
    func withoutPip() throws {
        let command =
            "#     CONDA_ADD_PIP_AS_PYTHON_DEPENDENCY=false conda env create --offline "
            + "-p ENVIRONMENT -f environment.yml\n"
        func file(_ names: [String], followsOriginal: Bool = false) throws -> String {
            let directory = try TemporaryDirectory()
            var workspace = WorkspaceBuilder(in: directory)
            for name in names { try workspace.conda("\(name)-3.12-0.conda", Array(name.utf8)) }
            var request = request(try workspace.write())
            request.recordsContents = !followsOriginal
            try pack(request)
            return try text("environment.yml")
        }
        let told = try file(["a", "python"])
        #expect(told.contains(command))
        // What mamba 2 would add a pip for.
        #expect(told.hasSuffix("  - a=3.12=0\n  - python[version='3.12',build='0']\n"), "\(told)")
        #expect(try file(["pip", "python"]).contains("  - python=3.12=0\n"))
        #expect(try !file(["a", "python"], followsOriginal: true).contains("#"))
        #expect(try !file(["pip", "python"]).contains("#"))
        #expect(try !file(["a"]).contains("#"))
    }

    @Test func withoutPipTheWheelsAreASecondStep() throws {
        var request = request(try sample().write())
        request.recordsContents = true
        try pack(request)
        let file = try text("environment.yml")
        let plain = file.split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(
            plain
                == [
                    "channels:", "  - ./channel", "  - nodefaults", "dependencies:", "  - z=1.0=0", "  - a=1.0=0",
                ].map { $0[...] }, "\(plain)")
        #expect(
            file.contains(
                "#     uv pip install --python ENVIRONMENT --offline --no-index --no-deps --find-links ./pypi w==1.0\n")
        )
        #expect(file.contains("conda env create --offline -p ENVIRONMENT"))
    }

    @Test("the golden pack [lock 54]", .enabled(if: Shared.isPresent, "\(Shared.missing)"))
    func golden() throws {
        var request = request(try Shared.file("data/golden-pack/project"))
        request.fetch.cacheDirectory = directory("cache")
        request.fetch.isOffline = true
        for (name, place) in [
            ("noarch/tz-2024a-h0_0.conda", "chan/noarch"), ("linux-64/zl-1!1.3-h1_2.tar.bz2", "chan/linux-64"),
            ("linux-64/python-3.12.3-hab00c5b_0_cpython.conda", "chan/linux-64"),
            ("pypi/Some_Wheel-1.0-py3-none-any.whl", "files"),
        ] {
            let url = "https://example.invalid/\(place)/\(ByteString(name).lastPathComponent)"
            try keep(try Shared.read("data/golden-pack/cache/\(name)"), of: url)
        }
        #expect(try pack(request) == Shared.read("data/golden-pack/expected.tar"))
    }

    @Test(
        "the workspace by relative paths equals the expected pack",
        .enabled(if: Shared.isPresent, "\(Shared.missing)"))
    func workspaceByPaths() throws {
        let bytes = try pack(request(try Shared.file("data/workspace/paths")))
        let expected = String(decoding: try Shared.read("data/workspace/expected/SHA256"), as: UTF8.self)
        #expect(expected.hasPrefix(SHA256Hasher.hash(bytes).hex))
        for name in ["environment.yml", "pixi-pack.json", "channel/noarch/repodata.json"] {
            #expect(try text(name) == String(decoding: Shared.read("data/workspace/expected/\(name)"), as: UTF8.self))
        }
    }

    @Test("tar, bsdtar and Python's tarfile read the pack [lock 60]", arguments: ["tar", "bsdtar", "python3"])
    func otherReaders(_ program: String) throws {
        let path = try ChildProcess.needed(program)
        var workspace = try sample()
        let long = "\(String(repeating: "l", count: 120))-1.0-0.conda"
        try workspace.conda(long, [1])
        try pack(request(try workspace.write()))
        let tar = directory("environment.tar").lossyString
        let script = "import sys, tarfile\nfor name in tarfile.open(sys.argv[1]).getnames(): print(name)"
        let outcome = try ChildProcess.run(program == "python3" ? [path, "-c", script, tar] : [path, "tf", tar])
        #expect(outcome.status == 0)
        #expect(outcome.errors == "")
        let names = outcome.output.split(separator: "\n").map { $0.hasSuffix("/") ? $0.dropLast() : $0 }
        #expect(
            names
                == [
                    "channel", "channel/linux-64", "channel/linux-64/\(long)", "channel/linux-64/repodata.json",
                    "channel/linux-64/z-1.0-0.conda", "channel/noarch", "channel/noarch/a-1.0-0.tar.bz2",
                    "channel/noarch/repodata.json", "environment.yml", "pixi-pack.json", "pypi",
                    "pypi/w-1.0-py3-none-any.whl",
                ].map { $0[...] })
    }

    @Test("names that could lead out of the pack are refused [lock 62]")
    func unsafeNames() throws {
        var workspace = WorkspaceBuilder(in: directory)
        try workspace.conda("a-1.0-0.conda", [1], subdirField: "../x")
        #expect(try failure(request(try workspace.write())).contains("../x"))
        var wheels = WorkspaceBuilder(in: directory)
        wheels.pypi("https://example.invalid/..%2F..%2Fevil-1.0-py3-none-any.whl", name: "evil")
        #expect(
            try failure(request(try wheels.write()))
                == "Python package 'evil' has the unsafe file name '../../evil-1.0-py3-none-any.whl'")
    }

    @Test("a directory, also into an existing one [lock 67]")
    func directoryOnly() throws {
        var request = request(try sample().write())
        request.output = .directory(directory("out"))
        try directory.write("out/old", "kept")
        for _ in 0..<2 { try pack(request) }
        #expect(try directory.read("out/channel/linux-64/z-1.0-0.conda") == Array("zzz".utf8))
        #expect(try directory.read("out/old") == Array("kept".utf8))
        #expect(try directory.read("out/pypi/w-1.0-py3-none-any.whl") == Array("wheel".utf8))
        #expect(try Sys.list(directory("out")).count == 5)
    }

    @Test("what is no wheel is named, all of it, or left out [lock 71, 72]")
    func nonWheels() throws {
        var workspace = try sample()
        workspace.pypi("https://example.invalid/s-1.0.tar.gz", name: "s")
        #expect(
            try failure(request(try workspace.write()))
                == "package s is not a wheel file, we currently require all dependencies to be wheels."
                + "\n  s: source archive https://example.invalid/s-1.0.tar.gz")
        workspace.pypi("git+https://example.invalid/g.git", name: "g")
        workspace.pypi("./folder", name: "f")
        var request = request(try workspace.write())
        #expect(
            try failure(request)
                == "packages f, g, s are not wheel files, we currently require all dependencies to be wheels."
                + "\n  f: directory ./folder\n  g: git repository git+https://example.invalid/g.git"
                + "\n  s: source archive https://example.invalid/s-1.0.tar.gz")
        request.ignoresNonWheels = true
        try pack(request)
        #expect(messages.all.contains("ignoring PyPI package s since it is not a wheel file"))
        #expect(try text("environment.yml").hasSuffix("./pypi\n    - w==1.0\n"))
    }

    @Test("wheel names are percent-decoded [lock 74]", .enabled(if: ChildProcess.find("python3") != nil))
    func percentDecoding() throws {
        var workspace = WorkspaceBuilder(in: directory)
        workspace.pypi("https://example.invalid/a-1.0%2Bb-py3-none-any.whl", name: "a", version: "1.0+b")
        var request = request(try workspace.write())
        request.fetch.cacheDirectory = directory("cache")
        request.fetch.isOffline = true
        try keep(
            Array("wheel".utf8), of: "https://example.invalid/a-1.0%2Bb-py3-none-any.whl",
            as: "a-1.0+b-py3-none-any.whl")
        try pack(request)
        #expect(try text("pypi/a-1.0+b-py3-none-any.whl") == "wheel")
    }

    @Test("local wheels lie beside the lock file and are not cached [lock 75, 120]")
    func localWheels() throws {
        var request = request(try sample().write())
        request.fetch.cacheDirectory = directory("cache")
        try pack(request)
        #expect(try text("pypi/w-1.0-py3-none-any.whl") == "wheel")
        #expect(try !Sys.exists(directory("cache/pypi")))
    }

    @Test("wrong hashes end the pack [lock 76]")
    func wrongHashes() throws {
        let zeros = String(repeating: "0", count: 64)
        var workspace = WorkspaceBuilder(in: directory)
        try workspace.wheel("w-1.0-py3-none-any.whl", [1], name: "w", sha256: zeros)
        let message = try failure(request(try workspace.write()))
        #expect(message.contains("w-1.0-py3-none-any.whl") && message.contains(zeros))
        var conda = WorkspaceBuilder(in: directory)
        try conda.conda("a-1.0-0.conda", [1], sha256: zeros)
        #expect(try failure(request(try conda.write())).contains("a-1.0-0.conda"))
    }

    @Test("names and versions in normal form [lock 77]")
    func normalForms() throws {
        var workspace = WorkspaceBuilder(in: directory)
        try workspace.wheel("A_b.C-1.0.0rc1-py3-none-any.whl", [1], name: "A_b.C", version: "1.0.0-RC1")
        try pack(request(try workspace.write()))
        #expect(try text("environment.yml").hasSuffix("    - a-b-c==1.0.0rc1\n"))
    }

    @Test("the cache [network 117–119]")
    func cache() throws {
        let workspace = try sample().write()
        var request = request(workspace)
        request.fetch.cacheDirectory = directory("cache")
        let plain = try pack(self.request(workspace))
        #expect(try pack(request) == plain)
        #expect(
            try directory.read("cache/CACHEDIR.TAG").starts(
                with: Array("Signature: 8a477f597d28d172789f06886806bc55\n".utf8)))
        try directory.write("cache/CACHEDIR.TAG", "mine")
        let before = try Sys.stat(directory("cache/linux-64/z-1.0-0.conda"))
        // The packages themselves are not needed any more.
        try Sys.rename(directory("workspace/channel"), to: directory("workspace/gone"))
        #expect(try pack(request) == plain)
        let after = try Sys.stat(directory("cache/linux-64/z-1.0-0.conda"))
        #expect(before.st_mtim.tv_nsec == after.st_mtim.tv_nsec && before.st_ino == after.st_ino)
        #expect(try directory.read("cache/CACHEDIR.TAG") == Array("mine".utf8))
        try Sys.rename(directory("workspace/gone"), to: directory("workspace/channel"))
        try directory.write("cache/linux-64/z-1.0-0.conda", "bad")
        #expect(try pack(request) == plain)
        #expect(messages.all.contains { $0.contains("z-1.0-0.conda' is damaged") })
        #expect(try directory.read("cache/linux-64/z-1.0-0.conda") == Array("zzz".utf8))
    }

    @Test("sizes the lock does not know or gets wrong do not show", arguments: [nil, 0, 2, 100] as [Int?])
    func wrongSizes(_ size: Int?) throws {
        func workspace(_ size: Int??, _ folder: String) throws -> ByteString {
            var workspace = WorkspaceBuilder(in: directory, folder: folder)
            try workspace.conda("a-1.0-0.conda", [UInt8](repeating: 1, count: 700))
            try workspace.conda("b-1.0-0.conda", [UInt8](repeating: 2, count: 3), size: size)
            try workspace.conda("c-1.0-0.conda", [UInt8](repeating: 3, count: 700), subdir: "noarch")
            return try workspace.write()
        }
        try pack(request(try workspace(.some(size), "wrong")))
        let names = try reader().members.map(\.name.description)
        #expect(names.count == 7)
        for (name, value, count) in [
            ("linux-64/a", 1, 700), ("linux-64/b", 2, 3), ("noarch/c", 3, 700),
        ] as [(String, UInt8, Int)] {
            let member = try #require(try reader()["channel/\(name)-1.0-0.conda"])
            #expect(try member.open().readAll() == [UInt8](repeating: value, count: count))
        }
    }

    @Test func anEmptyEnvironmentIsAPackToo() throws {
        var request = request(try WorkspaceBuilder(in: directory).write())
        try pack(request)
        #expect(try reader().directories.map(\.description) == ["channel"])
        request.recordsContents = true
        try pack(request)
        #expect(
            try Set(reader().directories.map(\.description)) == ["channel", "channel/noarch", "channel/linux-64"])
        #expect(try text("channel/noarch/repodata.json").contains(#""packages.conda": {}"#))
        #expect(try text("environment.yml") == "channels:\n  - ./channel\n  - nodefaults\ndependencies:\n")
    }

    @Test("install: an injected package takes the place of the lock's and comes last")
    func injection() throws {
        var package = CondaBuilder("z", version: "2.0")
        package.file("x", "x")
        var request = request(try sample().write())
        request.inject = [try directory.write("z-2.0-0.conda", package.conda())]
        // index.json without subdir; see docs/spec/lock.md#injection.
        try pack(request)
        #expect(try text("environment.yml").contains("  - a=1.0=0\n  - z=2.0=0\n  - pip:"))
        #expect(try !reader().members.contains { $0.name.description.contains("z-1.0-0") })
        #expect(messages.all.contains { $0.contains("replaces 'z-1.0-0.conda'") })
    }

    @Test func aMissingWorkspaceOrEnvironmentIsNamed() throws {
        #expect(
            try failure(request(directory("none"))) == "manifest path does not exist at \(directory("none"))")
        let request = request(try sample().write())
        #expect {
            try request.pack(environment: "x")
        } throws: {
            "\($0)" == "environment not found in lockfile: x"
        }
        #expect {
            try request.pack(platform: "linux-ppc64le")
        } throws: {
            "\($0)" == "platform not found in lockfile: linux-ppc64le"
        }
    }

    @Test func aLinkStaysALinkAndADirectoryIsRefused() throws {
        var request = request(try sample().write())
        try directory.write("real.tar", "old")
        try Sys.symlink("real.tar", at: directory("link.tar"))
        request.output = .file(directory("link.tar"))
        try request.pack(reporter: messages)
        #expect(try Sys.readlink(directory("link.tar")) == "real.tar")
        #expect(try directory.read("real.tar").count > 1000)
        request.output = .file(directory("workspace"))
        #expect { try request.pack(reporter: messages) } throws: {
            "\($0)".contains("there is a directory of that name")
        }
        request.output = .file("/dev/null")
        #expect(try request.pack(reporter: messages).size > 1000)
    }
}
