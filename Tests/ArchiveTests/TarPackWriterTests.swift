import Archive
import Support
import TestKit
import Testing

@Suite struct TarPackWriterTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    func path(_ text: String) throws -> RelativePath { try RelativePath(ByteString(text)) }

    /// What the tar must be: the files in order, written one after the other.
    func expected(_ files: [(String, [UInt8])]) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var directories: Set<String> = []
        for (name, contents) in files {
            let components = name.split(separator: "/").dropLast()
            for end in components.indices {
                let parent = components[...end].joined(separator: "/")
                if directories.insert(parent).inserted { bytes += TarHeaderBytes.directory(try path(parent)) }
            }
            bytes += TarHeaderBytes.file(try path(name), size: Int64(contents.count)) + contents
            bytes += [UInt8](repeating: 0, count: TarHeaderBytes.padding(after: Int64(contents.count)))
        }
        return bytes + [UInt8](repeating: 0, count: 1024)
    }

    @Test func headerOfTheSpecification() throws {
        let header = TarHeaderBytes.directory(try path("channel"))
        #expect(header.count == 512)
        #expect(header[148..<156].elementsEqual("0010521\0".utf8))
        #expect(header[136..<148].elementsEqual("10461020230\0".utf8))
    }

    @Test("long names [lock 56, 57]")
    func longNames() throws {
        let hundred = String(repeating: "a", count: 100)
        #expect(TarHeaderBytes.file(try path(hundred), size: 0).count == 512)
        let long = TarHeaderBytes.file(try path(hundred + "b"), size: 0)
        #expect(long.count == 3 * 512)
        #expect(long[..<13].elementsEqual("././@LongLink".utf8))
        #expect(long[124..<136].elementsEqual("00000000146\0".utf8))
        #expect(long[329..<345].allSatisfy { $0 == 0 })
        #expect(long[512..<614].elementsEqual((hundred + "b\0").utf8))
        #expect(long[1024..<1124].elementsEqual(hundred.utf8))
        let umlauts = TarHeaderBytes.file(try path("a" + String(repeating: "é", count: 60)), size: 0)
        #expect(umlauts[1024..<1124].elementsEqual(("a" + String(repeating: "é", count: 49) + "\0").utf8))
    }

    @Test("sizes of 8 GiB and more [lock 61]")
    func largeSizes() throws {
        let eight = TarHeaderBytes.file(try path("x"), size: 8 << 30)
        #expect(eight[124..<136].elementsEqual([0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0]))
        let less = TarHeaderBytes.file(try path("x"), size: (8 << 30) - 1)
        #expect(less[124..<136].elementsEqual("77777777777\0".utf8))
    }

    @Test("empty files, the end [lock 58, 59]")
    func emptyFileAndEnd() throws {
        let writer = try TarPackWriter([PackEntry(path("a"), .awaited(size: 0))], at: directory("x.tar"))
        try writer.slot(for: path("a")).finish(size: 0)
        #expect(try writer.finish() == 512 + 1024)
        #expect(try directory.read("x.tar") == expected([("a", [])]))
    }

    /// Whatever the lock claims of sizes, in whatever order contents come, restarted or not: the tar is the same.
    @Test(arguments: 0..<60)
    func sameBytesHoweverTheContentsCome(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let files = RandomPack.files(&random)
        var entries: [PackEntry] = []
        for (name, contents) in files {
            let claims: [Int64?] = [nil, Int64(contents.count), 0, 10, Int64(contents.count) + 600, 5000]
            // One seed in three has right sizes for all but the wheels.
            let claim = seed % 3 == 0 ? Int64(contents.count) : claims.randomElement(using: &random) ?? nil
            let isGenerated = name.hasSuffix("json") || name.hasSuffix("yml")
            entries.append(
                PackEntry(
                    try path(name),
                    isGenerated
                        ? .bytes(contents) : .awaited(size: name.hasPrefix("pypi") && seed % 2 == 0 ? nil : claim)))
        }
        let writer = try TarPackWriter(entries.shuffled(using: &random), at: directory("x.tar"))
        for (name, contents) in files.shuffled(using: &random) where !name.hasSuffix("json") && !name.hasSuffix("yml") {
            let slot = try writer.slot(for: path(name))
            if Bool.random(using: &random) {
                let wrong = [UInt8](repeating: 0xEE, count: Int.random(in: 0...4000, using: &random))
                if !wrong.isEmpty { try wrong.withUnsafeBytes { try slot.write($0, at: 0) } }
                try slot.restart()
            }
            try slot.fill(contents)
        }
        #expect(try !Sys.exists(directory("x.tar")))
        let size = try writer.finish()
        let bytes = try directory.read("x.tar")
        #expect(Int64(bytes.count) == size)
        #expect(try bytes == expected(files))
        #expect(try Sys.list(directory.path).count == 1)
    }

    @Test func leavesNothingWhenDropped() throws {
        func attempt() throws {
            let writer = try TarPackWriter(
                [PackEntry(path("a"), .awaited(size: 4)), PackEntry(path("b"), .awaited(size: nil))],
                at: directory("x.tar"))
            try writer.slot(for: path("a")).fill([1, 2, 3, 4])
            #expect { try writer.finish() } throws: { "\($0)".contains("nothing was written for 'b'") }
        }
        try attempt()
        #expect(try Sys.list(directory.path).isEmpty)
    }

    @Test func refusesEntriesInEachOthersWay() throws {
        #expect {
            try TarPackWriter([PackEntry(path("a"), .bytes([])), PackEntry(path("a"), .bytes([]))], at: directory("x"))
        } throws: { "\($0)".contains("two files of the pack would have the name 'a'") }
        #expect {
            try TarPackWriter(
                [PackEntry(path("a"), .bytes([])), PackEntry(path("a/b"), .bytes([]))], at: directory("x"))
        } throws: { "\($0)".contains("'a' would be a file and a directory of the pack") }
        #expect { try TarPackWriter([], at: directory("no/x.tar")) } throws: {
            "\($0)".contains("could not create '") && "\($0)".contains("No such file or directory")
        }
    }

    @Test func writesBehindOtherBytes() throws {
        let file = File(
            descriptor: try Sys.open(directory.write("x.sh", "#!/bin/sh\n"), 2), path: directory("x.sh"))
        let writer = try TarPackWriter(
            [PackEntry(path("b"), .awaited(size: 1)), PackEntry(path("a"), .awaited(size: 9))], to: file, at: 10,
            spoolDirectory: directory.path
        ) { _ in }
        try writer.slot(for: path("b")).fill([7])
        try writer.slot(for: path("a")).fill([1, 2, 3])
        let size = try writer.finish()
        #expect(try directory.read("x.sh") == Array("#!/bin/sh\n".utf8) + expected([("a", [1, 2, 3]), ("b", [7])]))
        #expect(Int64(try directory.read("x.sh").count) == size + 10)
    }

    @Test("a directory: fresh, and into an existing one [lock 67]")
    func directoryPack() throws {
        for isFresh in [true, false] {
            let name = isFresh ? "fresh" : "old"
            if !isFresh {
                try directory.write("old/kept", "kept")
                try directory.write("old/pixi-pack.json", "replaced")
            }
            let writer = try DirectoryPackWriter(
                [
                    PackEntry(path("channel/noarch/a-1-0.conda"), .awaited(size: 99)),
                    PackEntry(path("pixi-pack.json"), .bytes([1])),
                ], at: directory(name))
            try writer.slot(for: path("channel/noarch/a-1-0.conda")).fill([1, 2, 3])
            #expect(try writer.finish() == 4)
            #expect(try directory.read("\(name)/channel/noarch/a-1-0.conda") == [1, 2, 3])
            #expect(try directory.read("\(name)/pixi-pack.json") == [1])
            if !isFresh { #expect(try directory.read("old/kept") == Array("kept".utf8)) }
            #expect(try Sys.list(directory(name)).count == (isFresh ? 2 : 3))
        }
    }

    @Test func anUnfinishedDirectoryVanishes() throws {
        func attempt(_ name: String) throws {
            let writer = try DirectoryPackWriter(
                [PackEntry(path("channel/a"), .awaited(size: 3)), PackEntry(path("b"), .awaited(size: 3))],
                at: directory(name))
            try writer.slot(for: path("channel/a")).fill([1, 2, 3])
            #expect { try writer.finish() } throws: { "\($0)".contains("nothing was written for 'b'") }
        }
        try attempt("fresh")
        #expect(try Sys.list(directory.path).isEmpty)
        try directory.write("old/kept", "kept")
        try attempt("old")
        #expect(try Sys.list(directory("old")) == ["kept"])
    }
}
