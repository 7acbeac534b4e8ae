import Archive
import Support
import TestKit
import Testing

@Suite struct ZipReaderTests {
    let directory: TemporaryDirectory
    let scratch = DecoderScratch()

    init() throws { directory = try TemporaryDirectory() }

    func open(_ bytes: [UInt8]) throws -> ZipReader {
        try ZipReader(File.open(try directory.write("a.zip", bytes)).slice())
    }

    @Test func readsAllMethodsAndSizes() throws {
        for size in [0, 1, 1000, 200_000, 3_000_000] {
            let contents = (0..<size).map { UInt8(truncatingIfNeeded: $0 / 7) }
            var zip = ZipBuilder()
            for method in [ZipBuilder.Method.stored, .deflated, .zstd] {
                zip.add("m\(method)", contents, method: method)
                zip.add("d\(method)", contents, method: method, descriptor: true)
                zip.add("z\(method)", contents, method: method, zip64: true)
            }
            for end64 in [false, true] {
                let reader = try open(zip.finish(comment: "a comment", zip64: end64))
                #expect(reader.entries.count == 9)
                for entry in reader.entries {
                    #expect(entry.size == Int64(size))
                    #expect(try entry.contents(scratch: scratch) == contents)
                }
            }
        }
    }

    @Test func keepsNamesAsBytesAndModes() throws {
        var zip = ZipBuilder()
        zip.add("naïve/日本", [1], mode: 0o100755)
        zip.add("dir/", [], mode: 0o40755)
        zip.add("dos", [1], mode: nil)
        let entries = try open(zip.finish()).entries
        #expect(entries.map(\.name) == ["naïve/日本", "dir/", "dos"])
        #expect(entries.map(\.unixMode) == [0o100755, 0o40755, nil])
        #expect(entries.map(\.isDirectory) == [false, true, false])
    }

    @Test(arguments: [ZipBuilder.Method.stored, .deflated], [100, 1_000_000])
    func refusesWrongContents(_ method: ZipBuilder.Method, _ size: Int) throws {
        let contents = [UInt8](repeating: 65, count: size)
        var zip = ZipBuilder()
        zip.add("x", contents, method: method, checksum: 1)
        #expect { try open(zip.finish()).entries[0].contents(scratch: scratch) } throws: {
            "\($0)" == "zip member 'x': its checksum is wrong"
        }
        guard method == .deflated else { return }
        var short = ZipBuilder()
        short.add("x", contents, method: method, size: UInt32(size - 1))
        #expect { try open(short.finish()).entries[0].contents(scratch: scratch) } throws: {
            "\($0)" == "zip member 'x': it unpacks to more than its \(size - 1) bytes"
        }
    }

    @Test func takesTheNameOfTheCentralDirectory() throws {
        var zip = ZipBuilder()
        zip.add("good.txt", [1], localName: "another name.txt")
        zip.add("long.txt", [2], localName: "l")
        let entries = try open(zip.finish()).entries
        #expect(entries.map(\.name) == ["good.txt", "long.txt"])
        #expect(try entries.map { try $0.contents(scratch: scratch) } == [[1], [2]])
    }

    @Test("64-bit end records beside an old one with the true values, as Python writes from 2 GiB on")
    func trueOldEnd() throws {
        var zip = ZipBuilder()
        zip.add("x", [1, 2, 3], zip64: true)
        for comment in ["", "a comment"] {
            let entries = try open(zip.finish(comment: comment, zip64: true, oldEnd: 0)).entries
            #expect(try entries.map { try $0.contents(scratch: scratch) } == [[1, 2, 3]])
        }
        #expect { try open(zip.finish(zip64: true, oldEnd: 1)) } throws: { "\($0)".contains("contradict each other") }
    }

    @Test("bytes behind a zip belong to nobody", arguments: [1, 22, 70_000, 1_000_000])
    func trailing(_ count: Int) throws {
        var zip = ZipBuilder()
        zip.add("x", [1, 2, 3])
        for zip64 in [false, true] {
            let bytes = zip.finish(comment: "comment", zip64: zip64)
            for tail in [0, UInt8(ascii: "P")] {
                let entries = try open(bytes + [UInt8](repeating: tail, count: count)).entries
                #expect(try entries.map { try $0.contents(scratch: scratch) } == [[1, 2, 3]])
            }
        }
    }

    @Test func refusesOverlaps() throws {
        var zip = ZipBuilder()
        zip.add("x", [1, 2, 3])
        zip.add("x", [1, 2, 3], headerOffset: 0)
        #expect { try open(zip.finish()) } throws: { "\($0)" == "zip member 'x' shares bytes with another one" }
    }

    @Test func refusesRangesOutside() throws {
        var zip = ZipBuilder()
        zip.add("x", [1, 2, 3], headerOffset: 100_000)
        #expect { try open(zip.finish()) } throws: { "\($0)" == "zip member 'x': it lies outside of the file" }
        #expect { try open([1, 2, 3]) } throws: { "\($0)".contains("this is not a zip file") }
        var good = ZipBuilder()
        good.add("x", [1, 2, 3])
        let bytes = good.finish()
        for cut in 1..<bytes.count { #expect(throws: Failure.self) { try open(Array(bytes[..<cut])) } }
        #expect { try open(Array(bytes.dropFirst())) } throws: { "\($0)".contains("is not where its end says") }
    }

    @Test func survivesAnyDamage() throws {
        var zip = ZipBuilder()
        zip.add("one", [UInt8](repeating: 1, count: 50), method: .deflated)
        zip.add("two", [1, 2, 3], zip64: true)
        let bytes = zip.finish(zip64: true)
        for index in bytes.indices {
            for flip in [0x01, 0x80, 0xFF] as [UInt8] {
                var damaged = bytes
                damaged[index] ^= flip
                // Whatever it says, it says it by an error.
                guard let reader = try? open(damaged) else { continue }
                for entry in reader.entries { _ = try? entry.contents(scratch: scratch) }
            }
        }
    }
}
