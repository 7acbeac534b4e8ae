import Archive
import LibC
import Support
import TestKit
import Testing

@Suite struct StreamedPackWriterTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    func path(_ text: String) throws -> RelativePath { try RelativePath(ByteString(text)) }

    func output(_ name: String = "stream") throws -> File {
        File(descriptor: try Sys.open(directory(name), O_WRONLY | O_CREAT), path: directory(name))
    }

    func stream(_ entries: [PackEntry], to output: File, capacity: Int64 = 1 << 20) throws -> StreamedPackWriter {
        try Sys.makeDirectories(directory("spool"))
        return try StreamedPackWriter(
            entries, to: output, spool: .init(in: directory("spool"), capacity: capacity),
            heldBack: path("pixi-pack.json"))
    }

    func fill(_ writer: any PackWriter, _ name: String, _ contents: [UInt8]) throws {
        try writer.slot(for: path(name)).fill(contents)
    }

    /// Waits until the stream has `size` bytes, for ten seconds at most.
    func waitForSize(_ size: Int) throws {
        for _ in 0..<1000 where try Sys.stat(directory("stream")).st_size < size { usleep(10_000) }
        #expect(try Int(Sys.stat(directory("stream")).st_size) == size)
    }

    /// Whatever the lock claims of sizes, in whatever order contents come: the stream is what the file would be.
    @Test(arguments: 0..<40)
    func sameBytesAsAFile(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let files = RandomPack.files(&random)
        let entries = try files.map { name, contents in
            let claims: [Int64?] = [nil, Int64(contents.count), 0, 5000]
            return PackEntry(
                try path(name),
                name.hasSuffix("repodata.json") || name.hasSuffix("yml")
                    ? .bytes(contents) : .awaited(size: claims.randomElement(using: &random) ?? nil))
        }
        let writers: [any PackWriter] = [
            try TarPackWriter(entries, at: directory("file")), try stream(entries, to: output()),
        ]
        let order = files.shuffled(using: &random).filter {
            !$0.0.hasSuffix("repodata.json") && !$0.0.hasSuffix("yml")
        }
        let isRestarted = Bool.random(using: &random)
        let sizes = try writers.map { writer in
            for (name, contents) in order {
                let slot = try writer.slot(for: path(name))
                if isRestarted {
                    try [UInt8](repeating: 9, count: 4000).withUnsafeBytes { try slot.write($0, at: 0) }
                    try slot.restart()
                }
                if contents.count % 3 == 0 {
                    let whole = File(
                        descriptor: try Sys.open(directory.write("whole", contents), O_RDONLY), path: "whole")
                    try Sys.unlink(directory("whole"))
                    try slot.fill(from: whole.slice())
                } else {
                    try slot.fill(contents, piece: 999)
                }
            }
            return try writer.finish()
        }
        #expect(try directory.read("file") == directory.read("stream"))
        #expect(sizes.allSatisfy { $0 == sizes[0] })
        #expect(try Sys.list(directory("spool")).isEmpty)
    }

    @Test func writesWhatIsCompleteAndHoldsBackWhatMakesItAPack() throws {
        let names = ["channel/a", "channel/b", "channel/c", "pixi-pack.json", "pypi/w"]
        let writer = try stream(names.map { PackEntry(try path($0), .awaited(size: nil)) }, to: output(), capacity: 10)
        let window = try #require(writer.window)
        #expect(try writer.slot(for: path("channel/b")).position == 2)
        try waitForSize(512)
        #expect(try window.admits(1, size: 900))
        #expect(try !window.admits(2, size: 900))
        #expect(try window.admits(5, size: 900), "what is behind the held member does not wait")
        try fill(writer, "channel/b", [2])
        try fill(writer, "channel/a", [1])
        try waitForSize(512 * 5)
        #expect(try window.admits(3, size: 900))
        try fill(writer, "pixi-pack.json", [4])
        try fill(writer, "pypi/w", [5])
        try fill(writer, "channel/c", [3])
        try waitForSize(512 * 7)
        #expect(try writer.finish() == 512 * 12 + 1024)
        let reader = try PackReader.open(directory("stream"))
        #expect(try #require(reader["pypi/w"]).open().readAll() == [5])
    }

    @Test func saysWhatIsMissing() throws {
        let writer = try stream([PackEntry(path("a"), .awaited(size: 1))], to: output())
        #expect { try writer.finish() } throws: { "\($0)".contains("nothing was written for 'a'") }
        #expect { try writer.slot(for: path("b")) } throws: { "\($0)" == "'b' is no file of the pack" }
    }

    @Test func tellsThoseWhoBringThatNobodyTakes() throws {
        let full = File(descriptor: try Sys.open("/dev/full", O_WRONLY), path: "/dev/full")
        let writer = try stream(
            [PackEntry(path("a"), .awaited(size: 1)), PackEntry(path("b"), .awaited(size: 1))], to: full)
        try fill(writer, "a", [1])
        #expect { while try !(writer.window?.isEnded() ?? true) { usleep(1000) } } throws: {
            "\($0)".contains("could not write '/dev/full'") && "\($0)".contains("No space left")
        }
        #expect { try writer.finish() } throws: { "\($0)".contains("No space left") }
    }

    @Test func writesNothingMoreWhenDropped() throws {
        func attempt() throws {
            let writer = try stream(
                [PackEntry(path("a"), .awaited(size: 1)), PackEntry(path("b"), .awaited(size: 1))], to: output())
            try fill(writer, "a", [1])
            try waitForSize(1024)
        }
        try attempt()
        usleep(50_000)
        #expect(try Sys.stat(directory("stream")).st_size == 1024)
    }
}
