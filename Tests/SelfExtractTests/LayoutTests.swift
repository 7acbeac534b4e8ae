import CondaModel
import Support
import TestKit
import Testing

@testable import SelfExtract

@Suite("Self-extracting packs: the file", .enabled(if: StandIn.isAvailable, "needs cc on linux-64"))
struct LayoutTests {
    @Test("Stub and marker line are 4 KiB, the archive follows raw, then the program on a block boundary")
    func parts() throws {
        let program = try StandIn.own.get()
        let pack = try SamplePack(program)
        let bytes = try pack.directory.read("environment.sh")
        #expect(bytes.starts(with: Array("#!/bin/sh\n# pixi-pack-executable 1 linux-64 archive=4096+".utf8)))
        #expect(bytes[..<4096].suffix(23).elementsEqual("\n@@PIXI_PACK_ARCHIVE@@\n".utf8))
        #expect(bytes[4096...].prefix(pack.archive.count).elementsEqual(pack.archive))
        #expect(pack.layout.runtimeOffset % 4096 == 0)
        #expect(bytes[Int(pack.layout.runtimeOffset)...].elementsEqual(program))
        #expect(pack.layout.totalLength == Int64(bytes.count))
        #expect(!bytes[..<4096].contains(UInt8(ascii: "\r")))
    }

    @Test("no CR in the script, and the marker is one line of it [lock 65]")
    func marker() throws {
        let stub = try SamplePack(StandIn.own.get()).directory.read("environment.sh")[..<4096]
        #expect(!stub.contains(UInt8(ascii: "\r")))
        let lines = stub.split(separator: UInt8(ascii: "\n"))
        #expect(lines.filter { $0.elementsEqual("@@PIXI_PACK_ARCHIVE@@".utf8) }.count == 1)
    }

    @Test("The script fits its place for the largest pack that a file can hold", arguments: [false, true])
    func largest(compressed: Bool) throws {
        var runtime = try EmbeddedRuntime(program: StandIn.own.get(), name: "program", platform: .linux64, isOwn: true)
        if compressed { runtime = try runtime.compressed() }
        let layout = ExecutableLayout(
            archiveLength: Int64.max / 2, runtime: runtime, contents: SHA256Hasher.hash("x".utf8))
        #expect(try UnixStub(layout: layout, runtime: runtime).rendered().count == 4096)
    }

    @Test("The same bytes come out for the same input, whatever the file held before")
    func deterministic() throws {
        let first = try SamplePack(StandIn.own.get())
        let second = try SamplePack(StandIn.own.get(), name: "other", archive: first.archive)
        #expect(try first.directory.read("environment.sh") == second.directory.read("other"))
    }

    @Test("sed and tar extract the pack by hand", arguments: ["sed", "busybox sed"])
    func byHand(sed: String) throws {
        let pack = try SamplePack(StandIn.own.get())
        let outcome = try pack.sh(
            #"mkdir out && \#(sed) '1,/^@@PIXI_PACK_ARCHIVE@@$/d' environment.sh | tar -C out -xf - && cat out/hello.txt"#
        )
        #expect(outcome.output == "hello\n@@PIXI_PACK_ARCHIVE@@\nagain\n")
        // tar stops at its end mark; sed may say that nobody reads the program behind it.
        #expect(!outcome.errors.contains("tar:"))
    }

    @Test("Python's tarfile reads the pack inside at its offset")
    func tarfile() throws {
        let pack = try SamplePack(StandIn.own.get())
        let outcome = try pack.sh(
            "python3 -c \"import tarfile; f = open('environment.sh', 'rb'); f.seek(4096); print(tarfile.open(fileobj=f).getnames())\""
        )
        #expect(outcome.output == "['hello.txt']\n")
    }

    @Test("The file is recognised and its archive found")
    func recognized() throws {
        let pack = try SamplePack(StandIn.own.get())
        let found = try #require(try SelfExtractingFile.recognize(File.open(pack.path)))
        #expect(found.layout == pack.layout)
        #expect(try found.archive.readAll() == pack.archive)
        #expect(try SelfExtractingFile.recognize(File.open("/bin/sh")) == nil)
        let script = try pack.directory.write("script", "#!/bin/sh\n# pixi-pack-executable of another kind\n")
        #expect(try SelfExtractingFile.recognize(File.open(script)) == nil)
        let empty = try pack.directory.write("empty", [])
        #expect(try SelfExtractingFile.recognize(File.open(empty)) == nil)
    }

    @Test("A file of another length than its header says is damaged")
    func truncated() throws {
        let pack = try SamplePack(StandIn.own.get())
        let whole = try pack.directory.read("environment.sh")
        for count in [4096, whole.count - 1] {
            let path = try pack.directory.write("cut.sh", Array(whole[..<count]))
            let error = #expect(throws: Failure.self) { try SelfExtractingFile.recognize(File.open(path)) }
            #expect(error?.message == "'\(path)': this file is damaged: expected \(whole.count) bytes, found \(count)")
        }
    }

    @Test(
        "A header that makes no sense is damaged, never a crash",
        arguments: [
            "archive=4096+99999999999999999999 runtime=8192+5,H sha256=H", "archive=-1+5 runtime=8192+5,H sha256=H",
            "archive=4096+100 runtime=4100+5,H sha256=H", "runtime=8192+5,H sha256=H",
            "archive=4096+5 runtime=8192+5,lzma,H sha256=H", "archive=4096+5 runtime=8192+5,H x=H",
            "archive=4096+5 runtime=8192+5 sha256=H", "archive=4096+5 runtime=8192+5,H sha256=0",
        ])
    func badHeader(fields: String) throws {
        let zeros = String(repeating: "0", count: 64)
        let words = fields.split(separator: "H", omittingEmptySubsequences: false).joined(separator: zeros)
        let text = "#!/bin/sh\n# pixi-pack-executable 1 linux-64 \(words)\n"
        let error = #expect(throws: Failure.self) { try ExecutableLayout(startOfFile: Array(text.utf8)) }
        #expect(error?.message == "the header of this self-extracting pack is damaged")
    }

    @Test("cksum and our checksum agree", arguments: [0, 1, 2, 255, 65_537])
    func checksum(count: Int) throws {
        let directory = try TemporaryDirectory()
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }
        let file = try directory.write("file", bytes)
        let outcome = try ChildProcess.run(
            ["/bin/sh", "-c", "cksum < '\(file)'"], environment: ["PATH": "/usr/bin:/bin"])
        #expect(outcome.output == PosixChecksum.text(of: bytes) + "\n")
    }

    @Test("The content digest is what sha256sum of the list of sha256sum says")
    func contentDigest() throws {
        let directory = try TemporaryDirectory()
        try directory.write("a", "1")
        try directory.write("b", "2")
        let outcome = try ChildProcess.run(
            ["/bin/sh", "-c", "cd '\(directory.path)' && sha256sum a b | sha256sum"],
            environment: ["PATH": "/usr/bin:/bin"])
        var digest = ContentDigest()
        digest.add(name: "a", digest: SHA256Hasher.hash("1".utf8))
        digest.add(name: "b", digest: SHA256Hasher.hash("2".utf8))
        #expect(outcome.output == "\(digest.finish().hex)  -\n")
    }

    @Test("The stub has no complaint from shellcheck", arguments: ["sh", "dash", "bash", "ksh", "busybox"])
    func shellcheck(shell: String) throws {
        guard let shellcheck = ChildProcess.find("shellcheck") else {
            print("SKIPPED: shellcheck is not installed")
            return
        }
        for program in [try StandIn.own.get(), try StandIn.foreign.get()] {
            for compressed in [false, true] {
                let pack = try SamplePack(program, compressed: compressed)
                let stub = try pack.directory.read("environment.sh")[..<4096]
                // The marker line is data, not a command.
                let script = try pack.directory.write("stub.sh", Array(stub.dropLast(23)) + [UInt8(ascii: "\n")])
                let outcome = try ChildProcess.run([shellcheck, "-s", shell, "\(script)"])
                #expect(outcome.output == "")
            }
        }
    }
}

@Suite struct ImageLayoutTests {
    private func layout(_ prefix: ByteString) throws -> (layout: ExecutableLayout, stub: [UInt8]) {
        let runtime = try EmbeddedRuntime(program: StandIn.own.get(), name: "program", platform: .linux64, isOwn: true)
        let image = EmbeddedImage(length: 1 << 40, digest: SHA256Hasher.hash("i".utf8), prefix: prefix)
        let layout = ExecutableLayout(
            archiveLength: 10_240, runtime: runtime, contents: SHA256Hasher.hash("x".utf8), image: image)
        return (layout, try UnixStub(layout: layout, runtime: runtime).rendered())
    }

    @Test(
        "the header names the image, whatever its prefix has in it",
        arguments: ["/tmp/pixi-0", "/a b/%{SHA256}'\"$(x)`,=\\é", "/" + String(repeating: "é ", count: 40)])
    func header(_ prefix: String) throws {
        let (layout, stub) = try layout(ByteString(prefix))
        #expect(stub.count == 8192)
        #expect(try ExecutableLayout(startOfFile: Array(stub.prefix(1024))) == layout)
        #expect(layout.image?.prefix == ByteString(prefix))
        #expect(layout.totalLength > 1 << 40)
    }

    @Test("a header whose image is elsewhere is damaged")
    func damaged() throws {
        let text = String(decoding: try layout("/tmp/x").stub.prefix(1024), as: UTF8.self)
        for (old, new) in [
            ("=8192+", "=4096+"), ("=8192+1099511627776", "=8192+9999999999999"), ("=8192+", "=8192+-"),
            (",/tmp", ",tmp"), (",/tmp/x", ""), (",/tmp/x", ",/%00"),
        ] {
            let bytes = Array(text.replacing(text: old, with: new).utf8)
            #expect(throws: Failure.self, "\(new)") { try ExecutableLayout(startOfFile: bytes) }
        }
    }
}
