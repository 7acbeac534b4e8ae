import LibC
import Support
import TestKit
import Testing

@testable import Install

@Suite("Environments that appear as a whole")
struct FreshPrefixTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func make(replacing: Bool = false) throws -> FreshPrefix {
        let fresh = try FreshPrefix(directory("env"), replacing: replacing, umask: 0o022)
        try Sys.mkdir(fresh.workplace.appending(path: "new"))
        return fresh
    }

    @Test("the user's empty folder is there again when what goes with the environment fails")
    func emptyFolder() throws {
        try Sys.mkdir(directory("env"))
        let before = try Sys.stat(directory("env")).st_ino
        let fresh = try make()
        #expect(throws: Failure.self) { try fresh.commit { throw Failure("no script") } }
        fresh.giveUp()
        #expect(try Sys.list(directory.path) == ["env"])
        #expect(try Sys.stat(directory("env")).st_ino == before && Sys.list(directory("env")).isEmpty)
        try make().commit()
        #expect(try Sys.list(directory.path) == ["env"] && Sys.list(directory("env")) == ["new"])
    }

    @Test("what somebody puts into the empty folder meanwhile is not lost")
    func filledMeanwhile() throws {
        try Sys.mkdir(directory("env"))
        let fresh = try make()
        try directory.write("env/mine", "mine")
        try fresh.commit()
        let kept = try Sys.list(directory.path).contains { name in
            try Sys.exists(directory.path.appending(path: name).appending(path: "mine"))
        }
        #expect(kept)
    }

    @Test("only an environment is replaced, and only the one that was looked at")
    func replacing() throws {
        try directory.write("env/mine", "mine")
        try Sys.mkdir(directory("env/conda-meta"))
        #expect { try make(replacing: true) } throws: { "\($0)".contains("and no environment") }
        try directory.write("env/conda-meta/odd.txt", "")
        #expect { try make(replacing: true) } throws: { "\($0)".contains("and no environment") }
        try directory.write("env/conda-meta/a-1-0.json", "damaged")
        let fresh = try make(replacing: true)
        try Sys.rename(directory("env"), to: directory("elsewhere"))
        try directory.write("env/other", "other")
        #expect { try fresh.commit() } throws: { "\($0)".contains("another process has put something else there") }
        fresh.giveUp()
        #expect(try Sys.list(directory.path).sorted() == ["elsewhere", "env"])
        #expect(try Sys.exists(directory("env/other")) && Sys.exists(directory("elsewhere/mine")))
        try RemoveTree.remove(directory("env"))
        try Sys.rename(directory("elsewhere"), to: directory("env"))
        try make(replacing: true).commit()
        #expect(try Sys.list(directory.path) == ["env"] && Sys.list(directory("env")) == ["new"])
    }

    @Test func whatAppearsAtTheNewPlaceMeanwhileStays() throws {
        let fresh = try make()
        try directory.write("env/mine", "mine")
        #expect(throws: Failure.self) { try fresh.commit() }
        fresh.giveUp()
        #expect(try Sys.list(directory.path) == ["env"] && Sys.list(directory("env")) == ["mine"])
    }

    @Test func filesAndDanglingLinksStay() throws {
        try directory.write("env", "file")
        #expect { try make(replacing: true) } throws: {
            "\($0)".contains("already exists and is a file")
                && ($0 as? Failure)?.innermostRemedy?.contains("rm \(directory("env"))") == true
        }
        try RemoveTree.remove(directory("env"))
        try Sys.symlink("nowhere", at: directory("env"))
        #expect { try make(replacing: true) } throws: { "\($0)".contains("already exists and is a file") }
    }

    @Test("longer than a path may be")
    func longPaths() throws {
        let fresh = try make()
        var folder = try Sys.openDirectory(fresh.workplace)
        let name = ByteString(String(repeating: "n", count: 250))
        for _ in 0..<30 {
            try Sys.mkdir(name, at: folder.descriptor)
            folder = try Sys.openDirectory(name, at: folder.descriptor)
        }
        fresh.giveUp()
        #expect(try Sys.list(directory.path).isEmpty)
    }

    @Test("an environment of another user does not get its name back", .enabled(if: OtherUser.canOwn, "needs root"))
    func planted() throws {
        let old = directory(".env.old-abcdefghij")
        try directory.write(".env.old-abcdefghij/conda-meta/history", "")
        try OtherUser.give(old)
        #expect { try PrefixPlace.tidy(directory("env")) } throws: {
            "\($0)".contains("belongs to") && ($0 as? Failure)?.innermostRemedy?.contains("--trust-owner") == true
        }
        #expect(try Sys.list(directory.path) == [".env.old-abcdefghij"])
        // With another environment at its place it is only left alone.
        try directory.write("env/conda-meta/history", "")
        try PrefixPlace.tidy(directory("env"))
        #expect(try Sys.exists(old))
        try RemoveTree.remove(directory("env"))
        try PrefixPlace.tidy(directory("env"), trustsOwner: true)
        #expect(try Sys.list(directory.path) == ["env"])
    }
}
