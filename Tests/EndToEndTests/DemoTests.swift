import Support
import TestKit
import Testing

@Suite("The example workspace")
struct DemoTests {
    @Test("make demo's script packs, unpacks, activates and runs it") func run() throws {
        let folder = try TemporaryDirectory()
        try Sys.symlink(ByteString(Executable.pack), at: folder("pixi-pack"))
        try Sys.symlink(ByteString(Executable.pack), at: folder("pixi-unpack"))
        let outcome = try ChildProcess.run(
            [Executable.checkout + "/docs/example/run", folder.path.lossyString],
            environment: ["PATH": "/usr/bin:/bin", "TMPDIR": folder.path.lossyString])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false)
        for line in [
            "$ pixi-pack example", "$ . elsewhere/activate.sh", "Saluton, world!", "Hello, Ada!", "Saluton, Ada!",
            "Gr\u{FC}ezi, Ada!", "channel/noarch/repodata.json",
        ] {
            #expect(lines.contains { $0.utf8.elementsEqual(line.utf8) }, "no line '\(line)' in:\n\(outcome.output)")
        }
        // It leaves nothing behind.
        #expect(try Sys.list(folder.path).sorted() == ["pixi-pack", "pixi-unpack"])
    }

    @Test("building the channel again gives the same bytes") func channel() throws {
        let (python, copy) = (try ChildProcess.needed("python3"), try ChildProcess.needed("cp"))
        let folder = try TemporaryDirectory()
        let example = Executable.checkout + "/docs/example"
        #expect(try ChildProcess.run([copy, "-R", example, folder.path.lossyString]).status == 0)
        let build = try ChildProcess.run([python, folder("example/build-channel").lossyString])
        #expect(build.status == 0, "\(build.errors)")
        for name in try Sys.list(ByteString(example + "/channel/noarch")) + ["../../pixi.lock"] {
            let path = "channel/noarch/\(name)"
            let expected = try File.open(ByteString("\(example)/\(path)")).slice().readAll()
            #expect(try folder.read("example/\(path)") == expected, "\(path) differs")
        }
    }
}
