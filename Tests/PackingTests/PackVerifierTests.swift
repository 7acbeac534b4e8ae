import CondaModel
import Support
import TestKit
import Testing

@testable import Packing
@testable import SelfExtract

/// A pack with one package, a wheel and the small files.
struct SmallPack {
    let directory: TemporaryDirectory
    let tar: ByteString
    static let package = Array("not really a package".utf8)
    /// RECORD says nothing of its content.
    static let wheel: [UInt8] = {
        var wheel = WheelBuilder("b", "1")
        wheel.method = .stored
        wheel.add("b.py", "wheel")
        return wheel.archive { _ in "" }
    }()

    init(package: [UInt8] = SmallPack.package, wheel: [UInt8] = SmallPack.wheel, declares: Bool = true) throws {
        directory = try TemporaryDirectory()
        var record = PackageRecord(name: "a", version: "1", build: "0", subdir: "noarch")
        if declares { record.sha256 = SHA256Hasher.hash(SmallPack.package) }
        let index = RepoData.render(
            subdir: "noarch", entries: [RepoData.Entry(fileName: "a-1-0.conda", record: record)])
        var builder = TarBuilder()
        builder.file("channel/noarch/a-1-0.conda", package)
        builder.file("channel/noarch/repodata.json", index)
        builder.file("environment.yml", "dependencies: []\n")
        builder.file("pixi-pack.json", #"{"version": "1", "platform": "linux-64"}"#)
        builder.file("pypi/b-1-py3-none-any.whl", wheel)
        tar = try directory.write("environment.tar", builder.finish())
    }

    /// The pack as a self-extracting one; its program is none.
    func executable() throws -> ByteString {
        let path = try directory.write("environment.sh", [])
        let program = FakeProgram.elf(machine: 62, name: EmbeddedRuntime.personalityWord)
        let runtime = try EmbeddedRuntime(program: program, name: "x", platform: .linux64, isOwn: true)
        let file = File(descriptor: try Sys.open(path, 2), path: path)
        let writer = ExecutableWriter(runtime: runtime, name: path)
        let offset = try #require(writer.archiveOffset)
        let contents = try directory.read("environment.tar")
        try contents.withUnsafeBytes { try Sys.writeAll(file.descriptor, $0, at: offset) }
        let pack = try PackSource.path(tar).open(spoolingTo: directory.path)
        let digest = try ContentDigest.ofVerified(pack.reader, pack.form)
        let slice = FileSlice(file: file, offset: offset, length: Int64(contents.count))
        try writer.finish(file, archive: slice, contents: digest)
        return path
    }

    func verify(_ path: ByteString) throws -> PackVerifier.Summary {
        let pack = try PackSource.path(path).open(spoolingTo: directory.path)
        return try PackVerifier(pack, reporter: SilentReporter()).verify()
    }

    /// Changes one byte of a file of the directory, counted from the first place of `text`.
    func damage(_ name: String, at text: String) throws -> ByteString {
        var bytes = try directory.read(name)
        let wanted = Array(text.utf8)
        let place = try #require(bytes.indices.first { bytes[$0...].starts(with: wanted) })
        bytes[place] ^= 1
        return try directory.write("damaged", bytes)
    }
}

@Suite("Verifying packs")
struct PackVerifierTests {
    @Test("A whole tar, directory and self-extracting pack are found whole")
    func whole() throws {
        let pack = try SmallPack()
        let tar = try pack.verify(pack.tar)
        #expect(tar.files == 4)
        #expect(tar.unknown == ["channel/noarch/repodata.json", "environment.yml"])
        #expect(
            try pack.verify(pack.executable())
                == PackVerifier.Summary(files: 4, bytes: tar.bytes, unknown: [], problems: [], tooLarge: []))
        try Sys.mkdir(pack.directory("unpacked"))
        let outcome = try ChildProcess.run(["/bin/tar", "-C", "\(pack.directory("unpacked"))", "-xf", "\(pack.tar)"])
        #expect(outcome.status == 0)
        #expect(try pack.verify(pack.directory("unpacked")) == tar)
    }

    @Test("An altered package is named with both hashes")
    func alteredPackage() throws {
        let pack = try SmallPack()
        _ = try pack.executable()
        for name in ["environment.tar", "environment.sh"] {
            let error = #expect(throws: Failure.self) { try pack.verify(pack.damage(name, at: "not really")) }
            let text = error?.message ?? ""
            #expect(text.contains("this file is damaged: channel/noarch/a-1-0.conda: expected sha256 "))
            #expect(text.contains(SHA256Hasher.hash(SmallPack.package).hex))
        }
    }

    @Test("A missing package is named")
    func missing() throws {
        let pack = try SmallPack()
        let bytes = try pack.directory.read("environment.tar")
        // The first member is the package: a header and a block.
        let cut = try pack.directory.write("cut.tar", Array(bytes[1024...]))
        let error = #expect(throws: Failure.self) { try pack.verify(cut) }
        #expect(error?.message.hasSuffix("this file is damaged: channel/noarch/a-1-0.conda: it is missing") == true)
    }

    @Test(
        "In a self-extracting pack every other byte that matters is noticed too",
        arguments: [
            ("dependencies: []", "expected contents with sha256"), ("wheel", "expected contents with sha256"),
            ("--run-self", "expected a program with sha256"),
        ])
    func altered(text: String, message: String) throws {
        let pack = try SmallPack()
        _ = try pack.executable()
        var bytes = try pack.directory.read("environment.sh")
        // Behind the stub, whose text has some of these words too.
        let wanted = Array(text.utf8)
        let place = try #require(bytes.indices[4096...].last { bytes[$0...].starts(with: wanted) })
        bytes[place] ^= 1
        let path = try pack.directory.write("damaged", bytes)
        let error = #expect(throws: Failure.self) { try pack.verify(path) }
        #expect(error?.message.contains(message) == true)
    }

    @Test("A cut self-extracting pack says how many bytes are missing")
    func cut() throws {
        let pack = try SmallPack()
        _ = try pack.executable()
        let bytes = try pack.directory.read("environment.sh")
        let path = try pack.directory.write("cut.sh", Array(bytes.dropLast(10)))
        let error = #expect(throws: Failure.self) { try pack.verify(path) }
        #expect(
            error?.message
                == "'\(path)': this file is damaged: expected \(bytes.count) bytes, found \(bytes.count - 10)")
    }

    @Test("The plain tar comes out of a self-extracting pack")
    func extractTar() throws {
        let pack = try SmallPack()
        let target = pack.directory("out.tar")
        let open = try PackSource.path(try pack.executable()).open(spoolingTo: ".")
        #expect(try open.extractTar(to: target) == Int64(pack.directory.read("environment.tar").count))
        #expect(try pack.directory.read("out.tar") == pack.directory.read("environment.tar"))
    }

    @Test("A directory has no tar to give")
    func noTar() throws {
        let pack = try SmallPack()
        let folder = pack.directory("folder")
        try pack.directory.write("folder/pixi-pack.json", #"{"version": "1", "platform": "linux-64"}"#)
        let open = try PackSource.path(folder).open(spoolingTo: ".")
        let error = #expect(throws: Failure.self) { try open.extractTar(to: pack.directory("x")) }
        #expect(error?.message == "'\(folder)' is not a file with a tar in it")
    }
}
