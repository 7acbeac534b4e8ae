import LibC
import Support
import TestKit
import Testing

@testable import Install

@Suite struct PrefixWriterTests {
    let directory: TemporaryDirectory
    let writer: PrefixWriter
    let session: PrefixSession

    init() throws {
        directory = try TemporaryDirectory()
        writer = try PrefixWriter(directory.path, umask: 0o077)
        session = writer.session()
    }

    private func write(_ path: String, _ text: String, mode: UInt32 = 0o644, time: Int64? = nil) throws {
        try Array(text.utf8).withUnsafeBytes {
            try session.write(PrefixPath(ByteString(path)), mode: mode, $0, time: time)
        }
    }

    private func status(_ path: String) throws -> stat { try Sys.stat(directory(path), followLinks: false) }

    @Test func givesFilesTheirModeAndTimeAndNoBitsOfTheUmask() throws {
        try write("a/b/c", "text", mode: 0o6, time: 315_532_800)
        let file = try status("a/b/c")
        #expect(file.st_mode & 0o7777 == 0o4)
        #expect(file.st_mtim.tv_sec == 315_532_800)
        #expect(try status("a").st_mode & 0o7777 == 0o700)
        #expect(try directory.read("a/b/c") == Array("text".utf8))
    }

    @Test func replacesAFileWithoutTouchingItsOtherNames() throws {
        try write("one", "old")
        try Sys.link(directory("one"), to: directory("two"))
        try write("one", "new")
        #expect(try directory.read("one") == Array("new".utf8))
        #expect(try directory.read("two") == Array("old".utf8))
        #expect(try Sys.list(directory.path).count == 2)
    }

    @Test func replacesALinkInsteadOfFollowingIt() throws {
        try write("target", "kept")
        try session.makeSymbolicLink(PrefixPath("link"), target: "target", time: 1_000_000_000)
        #expect(try status("link").st_mtim.tv_sec == 1_000_000_000)
        try write("link", "new")
        #expect(try directory.read("target") == Array("kept".utf8))
        #expect(try directory.read("link") == Array("new".utf8))
    }

    @Test func replacesByLinks() throws {
        try write("a", "a")
        try write("b", "b")
        try session.makeHardLink(PrefixPath("b"), to: PrefixPath("a"))
        #expect(try status("b").st_ino == status("a").st_ino)
        try session.makeHardLink(PrefixPath("b"), to: PrefixPath("a"))
        try session.makeSymbolicLink(PrefixPath("a"), target: "nowhere")
        #expect(try Sys.readlink(directory("a")) == "nowhere")
        #expect(try Sys.list(directory.path).count == 2)
    }

    @Test func refusesADirectoryInTheWay() throws {
        try session.makeDirectory(PrefixPath("x/y"))
        #expect { try write("x", "") } throws: {
            "\($0)".contains("could not create file 'x'") && "\($0)".contains("Is a directory")
        }
        #expect(throws: Failure.self) { try session.makeSymbolicLink(PrefixPath("x"), target: "y") }
    }

    @Test func neverGoesThroughALink() throws {
        try Sys.symlink("/tmp", at: directory("out"))
        #expect { try write("out/file", "") } throws: {
            "\($0)".contains("'out': a file or link of that name is in the way")
        }
        #expect { try session.makeDirectory(PrefixPath("out/below")) } throws: { "\($0)".contains("is in the way") }
    }

    @Test("folders and files are made below the root, whoever swaps the folders above them for links meanwhile")
    func racingLinks() throws {
        let outside = try TemporaryDirectory()
        try directory.write("p/q/kept", "")
        let stop = Locked(false)
        let (place, hidden, target) = (directory("p"), directory("hidden"), outside.path)
        let swapping = startThread {
            while !stop.withLock({ $0 }) {
                try? Sys.rename(place, to: hidden)
                try? Sys.symlink(target, at: place)
                try? Sys.unlink(place)
                try? Sys.rename(hidden, to: place)
            }
        }
        for number in 0..<3000 {
            let session = writer.session()
            try? session.makeDirectory(PrefixPath(ByteString("p/q/\(number)/r")))
            try? session.makeDirectory(PrefixPath(ByteString("p/\(number)")))
            try? Array("x".utf8).withUnsafeBytes {
                try session.write(PrefixPath(ByteString("p/f\(number)/g")), mode: 0o644, $0)
            }
        }
        stop.withLock { $0 = true }
        if let swapping { pthread_join(swapping, nil) }
        #expect(try Sys.list(outside.path).isEmpty)
    }

    @Test func removesAFileThatIsGivenUp() throws {
        do {
            let file = try session.create(PrefixPath("a"), mode: 0o644)
            try Array("x".utf8).withUnsafeBytes { try file.write($0) }
        }
        #expect(try Sys.list(directory.path).isEmpty)
    }

    @Test(arguments: ["/abs", "../up", "a/../b", "", ".", "a\u{0}b"])
    func onlySafePathsExist(_ path: String) {
        #expect(throws: Failure.self) { try PrefixPath(ByteString(path)) }
    }
}
