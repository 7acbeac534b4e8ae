import Archive
import CondaModel
import Support
import TestKit
import Testing

@testable import Packing

@Suite("What is a pack") struct PackFormTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private static let plain = #"{"version": "1", "platform": "linux-64"}"#

    /// A pack of the original with a wheel, which says nothing of its files.
    private func original(
        _ manifest: String = PackFormTests.plain, pip: String = "  - pip:\n    - --no-index\n    - b==1\n"
    )
        -> [UInt8]
    {
        var record = PackageRecord(name: "a", version: "1", build: "0", subdir: "noarch")
        record.sha256 = SHA256Hasher.hash(Array("package".utf8))
        var tar = TarBuilder()
        tar.directory("channel")
        tar.directory("channel/noarch")
        tar.file("channel/noarch/a-1-0.conda", "package")
        tar.file(
            "channel/noarch/repodata.json",
            RepoData.render(subdir: "noarch", entries: [RepoData.Entry(fileName: "a-1-0.conda", record: record)]))
        tar.file("environment.yml", "channels:\n  - ./channel\ndependencies:\n  - a=1=0\n\(pip)")
        tar.file("pixi-pack.json", manifest)
        var wheel = WheelBuilder("b", "1")
        wheel.add("b.py", "")
        tar.file("pypi/b-1-py3-none-any.whl", wheel.archive { _ in "" })
        return tar.finish()
    }

    private func open(_ path: ByteString) throws -> OpenPack {
        try PackSource.path(path).open(spoolingTo: directory.path)
    }

    private func verify(_ bytes: [UInt8]) throws -> PackVerifier.Summary {
        try PackVerifier(open(directory.write("x.tar", bytes)), reporter: SilentReporter()).verify()
    }

    @Test("of a pack of the original what has no hash is named") func unhashed() throws {
        let summary = try verify(original())
        #expect(summary.files == 4 && summary.verified == 2)
        #expect(summary.unknown == ["channel/noarch/repodata.json", "environment.yml"])
    }

    @Test("a package whose index has no hash is named, too") func noHash() throws {
        var tar = TarBuilder()
        let record = PackageRecord(name: "a", version: "1", build: "0", subdir: "noarch")
        tar.file("channel/noarch/a-1-0.conda", "package")
        tar.file(
            "channel/noarch/repodata.json",
            RepoData.render(subdir: "noarch", entries: [RepoData.Entry(fileName: "a-1-0.conda", record: record)]))
        tar.file("pixi-pack.json", Self.plain)
        #expect(try verify(tar.finish()).unknown.first == "channel/noarch/a-1-0.conda")
    }

    @Test("cut at any block it is refused, and never taken for a smaller one") func cut() throws {
        let bytes = original()
        for end in stride(from: 0, to: bytes.count, by: 512) {
            #expect(throws: Failure.self, "\(end) of \(bytes.count)") { try verify(Array(bytes[..<end])) }
        }
        #expect(try verify(bytes).problems.isEmpty)
        // More zeros than two blocks are what tar programs write.
        #expect(try verify(bytes + [UInt8](repeating: 0, count: 8192)).problems.isEmpty)
    }

    @Test("pypi is compared with the pip part of environment.yml")
    func pip() throws {
        #expect { try verify(original(pip: "  - pip:\n    - b==1\n    - c==2\n")) } throws: {
            "\($0)".contains("pypi: the wheel c==2, which environment.yml names, is missing")
        }
        #expect { try verify(original(pip: "  - pip:\n    - B==2\n")) } throws: {
            "\($0)".contains("pypi/b-1-py3-none-any.whl: environment.yml names version 2")
        }
        #expect { try verify(original(pip: "  - pip:\n    - --no-index\n")) } throws: {
            "\($0)".contains("pypi/b-1-py3-none-any.whl: environment.yml does not name it")
        }
        #expect(try verify(original(pip: "")).problems.isEmpty, "a file without that part says nothing")
        #expect(try verify(original(pip: "  - pip:\n    - b==0a0.dev0\n")).problems.isEmpty)
    }

    @Test(
        "what is no pack is refused, whoever asks",
        arguments: [
            ("no.tar", "is no pack: it has no pixi-pack.json"), ("zeros.tar", "it begins with zeros"),
            ("empty", "is no pack: it has no pixi-pack.json"), ("env", "is an environment, not a pack"),
            ("newer.tar", "unsupported version '2' of the pack"), ("bundle.tar", "unsupported version 'bundle-2'"),
            ("list.tar", "expected a map, found"), ("number.tar", "has no `version` that is a string"),
            ("delta.tar", "a delta pack that does not say what it requires"),
            ("environments.tar", "missing field `environments`"), ("nothing.tar", "the file is empty"),
        ])
    func others(_ name: String, _ message: String) throws {
        var tar = TarBuilder()
        tar.file("a", "text")
        try directory.write("no.tar", tar.finish())
        try directory.write("zeros.tar", [UInt8](repeating: 0, count: 10240))
        try directory.write("nothing.tar", [UInt8]())
        try Sys.makeDirectories(directory("empty"))
        try directory.write("env/conda-meta/history", "")
        for (name, manifest) in [
            ("newer.tar", #"{"version": "2", "platform": "linux-64"}"#), ("bundle.tar", #"{"version": "bundle-2"}"#),
            ("list.tar", "[]"), ("number.tar", #"{"version": 1}"#), ("environments.tar", #"{"version": "bundle-1"}"#),
            ("delta.tar", #"{"version": "delta-1", "platform": "linux-64"}"#),
        ] { try directory.write(name, original(manifest)) }
        let path = directory(name)
        #expect { try open(path) } throws: { "\($0)".contains(message) }
        let inventory = PackInventory(readsSizes: false)
        #expect { try InspectedPack(.path(path), inventory: inventory, spoolingTo: directory.path) } throws: {
            "\($0)".contains(message)
        }
        var options = UnpackOptions()
        options.outputDirectory = directory("out")
        #expect { try Unpacker(options, reporter: SilentReporter()).unpack(.path(path)) } throws: {
            "\($0)".contains(message)
        }
    }

    @Test("packages too large to look into are not called damaged") func tooLarge() throws {
        var package = CondaBuilder("a")
        package.file("data", [UInt8](repeating: 7, count: 3 << 20))
        let bytes = package.conda()
        var record = PackageRecord(name: "a", version: "1.0", build: "0", subdir: "linux-64")
        record.sha256 = SHA256Hasher.hash(bytes)
        var tar = TarBuilder()
        tar.file("channel/linux-64/a-1.0-0.conda", bytes)
        tar.file(
            "channel/linux-64/repodata.json",
            RepoData.render(subdir: "linux-64", entries: [RepoData.Entry(fileName: "a-1.0-0.conda", record: record)]))
        tar.file("pixi-pack.json", Self.plain)
        let pack = try open(directory.write("x.tar", tar.finish()))
        let verifier = PackVerifier(pack, reporter: SilentReporter(), isDeep: true, maximumSize: 1 << 20)
        let summary = try verifier.check()
        #expect(summary.problems.isEmpty)
        #expect(summary.tooLarge.count == 1)
        let failure = try #require(verifier.failure(summary))
        #expect(failure.message.contains("could not be verified as a whole: channel/linux-64/a-1.0-0.conda: "))
        #expect(failure.innermostRemedy?.contains("--max-unpacked-size") == true)
        #expect(try PackVerifier(pack, reporter: SilentReporter(), isDeep: true).verify().problems.isEmpty)
    }
}
