import Install
import Support
import TestKit
import Testing

@testable import Packing

@Suite("environments for commands of packs")
struct PackedCommandTests {
    private func pack(_ text: String, _ more: (inout CondaBuilder) -> Void = { _ in }) throws -> PackUnderTest {
        let pack = try PackUnderTest()
        var package = CondaBuilder("p")
        package.file("share/text", text)
        more(&package)
        try pack.add(package)
        return pack
    }

    /// Where the command would run, in the folder `place` of `pack`'s directory.
    private func environment(
        _ pack: PackUnderTest, in place: ByteString, _ configure: (inout UnpackOptions) -> Void = { _ in }
    ) throws -> ByteString {
        try pack.writeIndexes()
        var options = UnpackOptions()
        options.outputDirectory = place
        configure(&options)
        return try PackedCommand(options, reporter: pack.messages)
            .environment(of: .path(pack.directory("pack")))
    }

    private func text(_ prefix: ByteString) throws -> String {
        String(decoding: try File.open(prefix.appending(path: "share/text")).slice().readAll(), as: UTF8.self)
    }

    @Test("what is there from another pack, or from nobody knows which, is left alone; --force replaces it")
    func another() throws {
        let directory = try TemporaryDirectory()
        let (one, two) = (try pack("1"), try pack("2"))
        let prefix = try environment(one, in: directory("d"))
        #expect(try Sys.list(directory("d")) == ["env"], "an activation script was written")
        #expect(try environment(one, in: directory("d")) == prefix)
        #expect {
            try environment(two, in: directory("d"))
        } throws: { "\($0)".contains("was made from another pack, or it is not known from which") }
        #expect(try text(prefix) == "1")
        #expect(try environment(two, in: directory("d")) { $0.force = true } == prefix)
        #expect(try text(prefix) == "2")
        try directory.write("u/env/conda-meta/history", "")
        #expect(throws: Failure.self) { try environment(one, in: directory("u")) }
    }

    @Test("an update with another pack takes the note back")
    func updated() throws {
        let directory = try TemporaryDirectory()
        let (one, two) = (try pack("1"), try pack("2"))
        let prefix = try environment(one, in: directory("d"))
        _ = try two.summary { $0.outputDirectory = directory("d") }
        #expect(try text(prefix) == "2")
        #expect(throws: Failure.self) { try environment(one, in: directory("d")) }
    }

    @Test("notes of packages and of programs before this one do not count")
    func planted() throws {
        let directory = try TemporaryDirectory()
        let one = try pack("1")
        let prefix = try environment(one, in: directory("d"))
        let note = try File.open(prefix.appending(path: EnvironmentState.path)).slice().readAll()
        try directory.write("f/env/conda-meta/pixi-pack-contents", String(repeating: "0", count: 64))
        #expect(throws: Failure.self) { try environment(one, in: directory("f")) }
        // A history of its own does not make another package's environment of it.
        let shipping = try pack("3") { $0.file("conda-meta/history", note) }
        _ = try shipping.summary { $0.outputDirectory = directory("g") }
        #expect(throws: Failure.self) { try environment(one, in: directory("g")) }
    }

    @Test("what was not compared with its hashes is another environment")
    func unverified() throws {
        let directory = try TemporaryDirectory()
        let one = try pack("1")
        _ = try environment(one, in: directory("d")) { $0.verifiesPackages = false }
        #expect(throws: Failure.self) { try environment(one, in: directory("d")) }
    }
}
