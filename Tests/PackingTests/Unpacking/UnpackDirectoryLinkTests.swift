import Support
import TestKit
import Testing

@testable import Packing

/// Files of one package below a link of another (docs/compatibility.md).
@Suite("Files below directory links of other packages")
struct UnpackDirectoryLinkTests {
    /// The names decide who claims first: `a` before `b`.
    private func pack(link: String, files: String, to target: String = "ja_JP.UTF-8", version: String = "1.0") throws
        -> PackUnderTest
    {
        let pack = try PackUnderTest()
        var java = CondaBuilder(link, version: version)
        java.file("man/ja_JP.UTF-8/man1/java.1", "java")
        java.symlink("man/ja", to: target)
        try pack.add(java)
        var other = CondaBuilder(files)
        other.file("man/ja/man1/other.1", "other")
        other.listed(#"{"_path": "man/ja/man2", "path_type": "directory"}"#)
        try pack.add(other)
        return pack
    }

    @Test("lie where the link leads, without a conflict", arguments: [("a", "b"), ("b", "a")])
    func together(_ link: String, _ files: String) throws {
        let pack = try pack(link: link, files: files)
        let environment = try pack.unpack()
        #expect(try environment.link("man/ja") == "ja_JP.UTF-8")
        #expect(try environment.text("man/ja/man1/other.1") == "other")
        #expect(try environment.text("man/ja_JP.UTF-8/man1/other.1") == "other")
        #expect(try !environment.exists("__clobbers__"))
        #expect(try environment.files("\(files)-1.0-0").contains("man/ja_JP.UTF-8/man1/other.1"))
        #expect(!pack.messages.all.contains { $0.contains("more than one package") })
        let again = try pack.changes { $0.outputDirectory = environment.path.parentPath }
        #expect(again.isEmpty, "\(again)")
    }

    @Test("stay, move and go with updates", arguments: [("a", "b"), ("b", "a")])
    func updates(_ link: String, _ files: String) throws {
        let both = try pack(link: link, files: files)
        let alone = try PackUnderTest()
        var other = CondaBuilder(files)
        other.file("man/ja/man1/other.1", "other")
        other.listed(#"{"_path": "man/ja/man2", "path_type": "directory"}"#)
        try alone.add(other)
        let environment = try alone.unpack()
        #expect(try environment.text("man/ja/man1/other.1") == "other")
        func update(_ pack: PackUnderTest) throws {
            _ = try pack.unpack { $0.outputDirectory = environment.path.parentPath }
        }
        try update(both)
        #expect(try environment.link("man/ja") == "ja_JP.UTF-8")
        #expect(try environment.text("man/ja/man1/other.1") == "other")
        // The link leads elsewhere.
        try update(try pack(link: link, files: files, to: "ja_JP", version: "2.0"))
        #expect(try environment.link("man/ja") == "ja_JP")
        #expect(try environment.list("man/ja_JP/man1") == ["other.1"])
        #expect(try environment.list("man/ja_JP.UTF-8/man1") == ["java.1"])
        try update(alone)
        #expect(try environment.text("man/ja/man1/other.1") == "other")
        #expect(try environment.list("man") == ["ja"])
    }

    @Test("are a conflict where two of them are one, or the link leads out")
    func conflicts() throws {
        let pack = try pack(link: "a", files: "b")
        var third = CondaBuilder("c")
        third.file("man/ja/man1/java.1", "c")
        try pack.add(third)
        let environment = try pack.unpack()
        #expect(try environment.text("man/ja_JP.UTF-8/man1/java.1") == "java")
        #expect(try environment.text("__clobbers__/c/man/ja_JP.UTF-8/man1/java.1") == "c")
        let outside = try self.pack(link: "a", files: "b", to: "../../..")
        #expect(try outside.unpack().text("__clobbers__/b/man/ja/man1/other.1") == "other")
    }
}
