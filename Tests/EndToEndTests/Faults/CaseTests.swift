import Support
import TestKit
import Testing

/// Folders that do not tell capital from small letters. Few kernels have any, so it is the program's own calls that fold
/// names (`FaultInjection`).
@Suite("Names that differ in case only", .enabled(if: FaultBuild.isPresent, "needs the debug build"))
struct CaseTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// A pack of two packages, one of them of several files.
    private func pack(_ name: String, _ files: [(path: String, text: String)]) throws -> String {
        var workspace = WorkspaceBuilder(in: directory, folder: name)
        var packages = [CondaBuilder("first"), CondaBuilder("second")]
        for (index, file) in files.enumerated() { packages[index % 2].file(file.path, file.text) }
        try workspace.conda("first-1.0-0.conda", packages[0].conda())
        try workspace.conda("second-1.0-0.conda", packages[1].conda())
        try workspace.write()
        let outcome = try Executable.run(
            ["-q", "-p", "linux-64", "-o", directory("\(name).tar").lossyString, directory(name).lossyString])
        if outcome.status != 0 { throw Failure("\(outcome.errors)") }
        return directory("\(name).tar").lossyString
    }

    private func unpack(_ pack: String, folded: Bool = true) throws -> ChildProcess.Outcome {
        try Executable.unpack(
            ["-q", "-o", directory("out").lossyString, pack],
            environment: folded ? ["PIXI_PACK_FAULT": "names:folded"] : [:])
    }

    @Test("files that would replace each other are refused before anything is written") func refusal() throws {
        let pack = try pack(
            "ws", [("share/Read", "one"), ("share/read", "two"), ("share/Ähre", "3"), ("share/ähre", "4")])
        #expect(try unpack(pack, folded: false).status == 0)
        try RemoveTree.remove(directory("out"))
        let outcome = try unpack(pack)
        #expect(outcome.hasFailed)
        #expect(
            outcome.errors == """
                Error: the folder does not tell capital from small letters, so that files would replace each other:
                  'share/Read' of package 'first' and 'share/read' of package 'second'
                  'share/Ähre' of package 'first' and 'share/ähre' of package 'second'
                Hint: Unpack to a folder that tells them apart: not on a share, and without 'chattr +F'.

                """)
        #expect(try Sys.exists(directory("out/env")) == false)
    }

    @Test("a folder and a file are not one either") func folders() throws {
        let outcome = try unpack(try pack("ws", [("share/Read", "one"), ("share/read/me", "two")]))
        #expect(outcome.hasFailed)
        #expect(outcome.errors.contains("'share/read' and 'share/Read' of package 'first'"), "\(outcome.errors)")
    }

    @Test("files of the same contents may be one") func sameContents() throws {
        let outcome = try unpack(try pack("ws", [("share/N/tty", "same"), ("share/n/tty", "same"), ("lib/B", "b")]))
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try directory.read("out/env/share/n/tty") == Array("same".utf8))
    }

    @Test("an update that changes the case of a name keeps the file") func update() throws {
        let old = try pack("old", [("share/readme", "old"), ("share/other", "x")])
        let new = try pack("new", [("share/README", "new"), ("share/other", "x")])
        #expect(try unpack(old).status == 0)
        let outcome = try unpack(new)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try directory.read("out/env/share/readme") == Array("new".utf8))
        #expect(try unpack(new).status == 0)
    }
}
