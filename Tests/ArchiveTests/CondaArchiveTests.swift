import Archive
import CondaModel
import Support
import TestKit
import Testing

@Suite struct CondaArchiveTests {
    let directory: TemporaryDirectory
    let scratch = DecoderScratch()

    init() throws { directory = try TemporaryDirectory() }

    /// Writes the bytes to a file and opens them as a package.
    func open(_ bytes: [UInt8], _ kind: ArchiveName.Kind) throws -> CondaArchive {
        let path = try directory.write("package\(kind.rawValue)", bytes)
        return try CondaArchive(File.open(path).slice(), kind: kind, name: "package\(kind.rawValue)")
    }

    func entries(
        _ archive: CondaArchive, _ section: CondaArchive.Section = .all
    ) throws -> [(entry: TarEntry, contents: [UInt8])] {
        var result: [(TarEntry, [UInt8])] = []
        try archive.readEntries(section, scratch: scratch) { entry, reader in
            result.append((entry, try reader.readAll()))
            return .next
        }
        return result
    }

    /// A package of one tar in both formats.
    func both(_ tar: TarBuilder) throws -> [[(entry: TarEntry, contents: [UInt8])]] {
        var zip = ZipBuilder()
        zip.add("pkg-a-1-0.tar.zst", Compression.zstd(tar.finish()))
        return [
            try entries(open(zip.finish(), .conda)),
            try entries(open(Compression.bzip2(tar.finish()), .tarBz2)),
        ]
    }

    func path(_ text: String) throws -> RelativePath { try RelativePath(ByteString(text)) }

    @Test("members in any order, no metadata.json [install 16]")
    func anyOrder() throws {
        var package = CondaBuilder("a")
        package.file("lib/x", "hello")
        let archive = try open(package.conda(), .conda)
        #expect(try entries(archive).map(\.entry.path.description) == ["lib/x", "info/index.json", "info/paths.json"])
        #expect(try entries(archive, .info).map(\.entry.path.description) == ["info/index.json", "info/paths.json"])
        #expect(try entries(archive, .payload).map(\.contents) == [Array("hello".utf8)])
    }

    @Test("deflated members, data descriptors [install 17, 18]")
    func deflatedAndDescriptors() throws {
        var package = CondaBuilder("a")
        package.file("lib/x", [UInt8](repeating: 7, count: 300_000))
        for (method, descriptor) in [(ZipBuilder.Method.deflated, false), (.stored, true), (.deflated, true)] {
            let archive = try open(package.conda(method: method, descriptor: descriptor), .conda)
            #expect(try entries(archive, .payload).first?.contents.count == 300_000)
        }
    }

    @Test("extra tars are read too, others not [install 19]")
    func extraMembers() throws {
        func tar(_ name: String) -> [UInt8] {
            var tar = TarBuilder()
            tar.file(name, name)
            return Compression.zstd(tar.finish())
        }
        var zip = ZipBuilder()
        zip.add("pkg-a-1-0.tar.zst", tar("one"))
        zip.add("sub/zzz.tar.zst", tar("two"))
        zip.add("other.tar.gz", tar("three"))
        zip.add("info-a-1-0.tar.zst", tar("info/x"))
        let archive = try open(zip.finish(), .conda)
        #expect(try entries(archive).map(\.entry.path.description) == ["one", "two", "info/x"])
    }

    @Test("two zstd frames, and a window of 2^27 [install 20]")
    func frames() throws {
        var tar = TarBuilder()
        tar.file("x", [UInt8](repeating: 1, count: 5000))
        let bytes = tar.finish()
        var zip = ZipBuilder()
        zip.add("pkg-a-1-0.tar.zst", Compression.zstd(Array(bytes[..<1000])) + Compression.zstd(Array(bytes[1000...])))
        zip.add("info-a-1-0.tar.zst", Compression.zstd(bytes, windowLog: 27))
        #expect(try entries(open(zip.finish(), .conda)).map(\.contents.count) == [5000, 5000])
    }

    @Test("truncated zstd and bzip2 [install 21]")
    func truncated() throws {
        var tar = TarBuilder()
        tar.file("x", (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) })
        let frame = Compression.zstd(tar.finish())
        var zip = ZipBuilder()
        zip.add("pkg-a-1-0.tar.zst", Array(frame.dropLast(3)))
        let conda = try open(zip.finish(), .conda)
        #expect { try entries(conda) } throws: {
            "\($0)" == "could not read package 'package.conda': zstd data ends in the middle of a frame"
        }
        let stream = Compression.bzip2(tar.finish())
        let old = try open(Array(stream.dropLast(3)), .tarBz2)
        #expect { try entries(old) } throws: {
            "\($0)" == "could not read package 'package.tar.bz2': bzip2 data ends in the middle of a stream"
        }
        #expect { try entries(open(Array("no".utf8), .tarBz2)) } throws: { "\($0)".contains("bzip2 data") }
        #expect { try entries(open(Array("nonsense".utf8), .tarBz2)) } throws: {
            "\($0)".contains("this is not bzip2 data")
        }
    }

    @Test("damaged zstd data is named", arguments: [20, 200, 2000])
    func damaged(_ position: Int) throws {
        var tar = TarBuilder()
        tar.file("x", (0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) })
        var frame = Compression.zstd(tar.finish())
        frame[min(position, frame.count - 5)] ^= 0x55
        var zip = ZipBuilder()
        zip.add("pkg-a-1-0.tar.zst", frame)
        #expect { try entries(open(zip.finish(), .conda)) } throws: {
            "\($0)".hasPrefix("could not read package 'package.conda': damaged ")
        }
    }

    @Test("multi-stream bzip2, bytes behind it [install 22]")
    func multiStream() throws {
        var tar = TarBuilder()
        tar.file("x", [UInt8](repeating: 3, count: 400_000))
        let bytes = tar.finish()
        let streams =
            Compression.bzip2(Array(bytes[..<100_000]), level: 1) + Compression.bzip2(Array(bytes[100_000...]))
        for tail in [[], [0], Array("BZ".utf8), Array("trailing bytes".utf8)] {
            #expect(try entries(open(streams + tail, .tarBz2)).map(\.contents.count) == [400_000])
        }
    }

    @Test("../x skipped, /abs/x and ./x cleaned [install 23]")
    func cleaning() throws {
        var tar = TarBuilder()
        for name in ["../x", "a/../../x", "/abs/x", "./x", "//y//z", "./"] { tar.file(name) }
        tar.directory("./d/")
        for result in try both(tar) {
            #expect(result.map(\.entry.path.description) == ["abs/x", "x", "y/z", "d"])
            #expect(result.last?.entry.kind == .directory)
        }
    }

    @Test("permission bits [install 24]")
    func modes() throws {
        var tar = TarBuilder()
        for mode in [0o664, 0o600, 0o4755, 0] as [UInt32] { tar.file("m\(mode)", mode: mode) }
        for result in try both(tar) { #expect(result.map(\.entry.mode) == [0o664, 0o600, 0o755, 0]) }
    }

    @Test("times are whole seconds, at least 1980 [install 25]")
    func times() throws {
        var tar = TarBuilder()
        tar.file("old", time: 0)
        tar.entry("pax", type: "0", time: 1_500_000_000, pax: [("mtime", "1500000000.75")])
        // Python rounds for the header.
        tar.entry("rounded", type: "0", contents: [1], time: 1_500_000_001, pax: [("mtime", "1500000000.75")])
        tar.file(String(repeating: "long/", count: 30) + "name", "x", time: 1_400_000_000)
        tar.symlink("link", to: "x", time: 1_300_000_000)
        tar.entry("zero", type: "0", time: 0, pax: [("mtime", "1500000000.5")])
        for result in try both(tar) {
            #expect(
                result.map(\.entry.modificationTime) == [
                    315_532_800, 1_500_000_000, 1_500_000_001, 1_400_000_000, 1_300_000_000, 315_532_800,
                ])
        }
    }

    @Test("hard links [install 26, 27]")
    func hardLinks() throws {
        var tar = TarBuilder()
        tar.file("lib/a", "x", mode: 0o600)
        tar.hardlink("b", to: "./lib/a", time: 1_600_000_000)
        for result in try both(tar) {
            #expect(result.last?.entry.kind == .hardlink(target: try path("lib/a")))
            #expect(result.last?.entry.modificationTime == 1_600_000_000)
        }
        tar.hardlink("c", to: "../outside")
        #expect { try both(tar) } throws: {
            "\($0)".hasSuffix("hard link 'c' leads outside of the package, to '../outside'")
        }
    }

    @Test("long names [install 29]", arguments: [TarBuilder.LongNames.gnu, .pax, .ustarPrefix])
    func longNames(_ style: TarBuilder.LongNames) throws {
        let long = String(repeating: "d", count: 90) + "/" + String(repeating: "é", count: 40) + "x"
        var tar = TarBuilder(longNames: style)
        tar.file(long, "content")
        if style != .ustarPrefix { tar.symlink("link", to: long) }
        for result in try both(tar) {
            #expect(result.first?.entry.path.bytes == ByteString(long))
            if style != .ustarPrefix { #expect(result.last?.entry.kind == .symlink(target: ByteString(long))) }
        }
    }

    @Test("a pax path that is not ASCII, whatever the locale [install 29]")
    func paxNames() throws {
        var tar = TarBuilder()
        tar.entry("ascii", type: "0", contents: [1], pax: [("path", "日本/naïve.txt")])
        for result in try both(tar) { #expect(result.map(\.entry.path.bytes) == ["日本/naïve.txt"]) }
    }

    @Test("a fifo or device is an empty file [install 30]")
    func special() throws {
        var tar = TarBuilder()
        tar.entry("fifo", type: "6")
        tar.entry("device", type: "3")
        for result in try both(tar) {
            #expect(result.map(\.entry.kind) == [.file, .file])
            #expect(result.map(\.entry.size) == [0, 0])
        }
    }

    @Test func stopsAndSkips() throws {
        var tar = TarBuilder()
        for index in 0..<10 { tar.file("f\(index)", [UInt8](repeating: UInt8(index), count: 100_000)) }
        let archive = try open(Compression.bzip2(tar.finish()), .tarBz2)
        var seen: [String] = []
        try archive.readEntries(scratch: scratch) { entry, reader in
            seen.append(entry.path.description)
            if seen.count == 3 {
                let contents = try reader.readAll()
                #expect(contents == [UInt8](repeating: 2, count: 100_000))
            }
            return seen.count == 5 ? .stop : .next
        }
        #expect(seen == ["f0", "f1", "f2", "f3", "f4"])
    }

    @Test func refusesToUnpackTooMuch() throws {
        var tar = TarBuilder()
        tar.file("zeros", [UInt8](repeating: 0, count: 5_000_000))
        let archive = try open(Compression.bzip2(tar.finish()), .tarBz2)
        #expect {
            try archive.readEntries(scratch: scratch, limit: 1_000_000) { _, reader in
                _ = try reader.readAll()
                return .next
            }
        } throws: { "\($0)".contains("it unpacks to more than the 1000000 bytes allowed") }
        #expect(try entries(archive).count == 1)
    }

    @Test func refusesHiddenMembers() throws {
        var zip = ZipBuilder()
        zip.addForeignBytes(Array("#!/bin/sh\n".utf8))
        zip.add("pkg-a-1-0.tar.zst", Compression.zstd(TarBuilder().finish()))
        #expect { try open(zip.finish(), .conda) } throws: {
            "\($0)".contains("bytes 0..<10 belong to no member of the zip")
        }
    }

    @Test func aTarMayBeEmpty() throws {
        for result in try both(TarBuilder()) { #expect(result.isEmpty) }
    }

    @Test func aSparseFileCannotBeEndless() throws {
        // GNU sparse 0.1: 4 bytes stored, 8 TiB claimed.
        var tar = TarBuilder()
        tar.entry(
            "s", type: "0", contents: [1, 2, 3, 4],
            pax: [
                ("GNU.sparse.size", "8796093022208"), ("GNU.sparse.numblocks", "1"), ("GNU.sparse.map", "0,4"),
                ("GNU.sparse.name", "s"),
            ])
        let archive = try open(Compression.bzip2(tar.finish()), .tarBz2)
        #expect {
            try archive.readEntries(scratch: scratch, limit: 10 << 20) { _, reader in
                try reader.forEachBlock { _ in }
                return .next
            }
        } throws: { "\($0)".contains("it unpacks to more than") }
    }

    @Test("what follows a zstd frame and is none is left alone", arguments: ["x", "trailing bytes", "(µ"])
    func trailingBytes(_ tail: String) throws {
        var tar = TarBuilder()
        tar.file("a", Array(repeating: 65, count: 300_000))
        var zip = ZipBuilder()
        zip.add("pkg-p-1.0-0.tar.zst", Compression.zstd(tar.finish()) + Array(tail.utf8))
        #expect(try entries(open(zip.finish() + Array(tail.utf8), .conda)).map(\.contents.count) == [300_000])
    }

    @Test("a reader that goes from member to member sees the names in front of them")
    func localNames() throws {
        var tar = TarBuilder()
        tar.file("a", [1])
        var zip = ZipBuilder()
        zip.add("other", Compression.zstd(tar.finish()), localName: "pkg-p-1.0-0.tar.zst")
        #expect(try entries(open(zip.finish(), .conda)).map(\.contents) == [[1]])
    }
}
