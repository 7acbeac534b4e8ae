import LibC
import Support
import TestKit
import Testing

@Suite("Where paths lead")
struct PathResolutionTests {
    let directory: TemporaryDirectory
    let root: ByteString

    init() throws {
        directory = try TemporaryDirectory()
        root = try Sys.realPath(directory.path)
        try directory.write("a/b/file", "")
        try Sys.symlink("a/b", at: directory("link"))
        try Sys.symlink("../../a", at: directory("a/b/up"))
        try Sys.symlink("nowhere", at: directory("dangling"))
        try Sys.symlink("circle", at: directory("circle"))
    }

    private func resolve(_ path: String) throws -> String {
        let resolved = try PathResolution.resolve(root.appending(path: ByteString(path)))
        return resolved == root ? "" : ByteString(resolved.bytes.dropFirst(root.count + 1)).lossyString
    }

    @Test func linksAndDotsGo() throws {
        #expect(try resolve("link/file") == "a/b/file")
        // Not the parent of the link.
        #expect(try resolve("link/../x") == "a/x")
        #expect(try resolve("./a//b/./..") == "a")
        #expect(try resolve("a/b/up/b/up") == "a")
        #expect(try resolve("..//\(root.lastPathComponent)/a/") == "a")
    }

    @Test func whatIsNotThereStaysAsItIs() throws {
        #expect(try resolve("new/folder") == "new/folder")
        #expect(try resolve("new/../link/x/y") == "a/b/x/y")
        #expect(try resolve("dangling") == "dangling")
        #expect(try resolve("dangling/x") == "dangling/x")
        #expect(try resolve("circle") == "circle")
        #expect(try PathResolution.resolve("/../..") == "/")
    }

    @Test("links others put into a folder for all are not followed", .enabled(if: OtherUser.canOwn, "needs root"))
    func linksOfOthers() throws {
        try OtherUser.give(directory("link"))
        #expect(try resolve("link/file") == "a/b/file")
        #expect(directory.path.withCString { chmod($0, 0o1777) } == 0)
        #expect { try resolve("link/file") } throws: { "\($0)".contains("link' belongs to ") }
    }
}
