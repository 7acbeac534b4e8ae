import Support
import Testing
import TestKit

@testable import Archive

@Suite("tars of packages")
struct PlainTarReaderTests {
    @Test("are read as libarchive reads them, however the bytes come", arguments: [1, 7, 511, 512, 513, 1000, 100_000])
    func equal(blockSize: Int) throws {
        for (name, tar) in samples {
            #expect(read(tar, blockSize) == readByLibArchive(tar, blockSize), "\(name)")
        }
    }

    @Test("are read as libarchive reads them, whether their content is read or not", arguments: [1, 600, 100_000])
    func skipped(blockSize: Int) throws {
        for (name, tar) in samples {
            let all = readByLibArchive(tar, blockSize, skipping: true)
            #expect(read(tar, blockSize, skipping: true) == all, "\(name)")
        }
    }

    @Test("that end early are refused with the same words", arguments: [300, 100_000])
    func truncated(blockSize: Int) throws {
        for (name, tar) in samples {
            for count in stride(from: 0, through: tar.count, by: 129) {
                for isSkipping in [false, true] {
                    let part = Array(tar.prefix(count))
                    let expected = readByLibArchive(part, blockSize, skipping: isSkipping)
                    #expect(read(part, blockSize, skipping: isSkipping) == expected, "\(name), \(count) bytes")
                }
            }
        }
    }

    @Test("with any damaged byte give what libarchive gives")
    func damaged() throws {
        for (name, tar) in samples.prefix(7) {
            for position in stride(from: 0, to: min(tar.count, 1100), by: 5) {
                for value: UInt8 in [0, 0x39, 0xFF] where value != tar[position] {
                    var other = tar
                    other[position] = value
                    let isEqual = read(other, 700) == readByLibArchive(other, 700)
                    #expect(isEqual, "\(name), byte \(position) is \(value)")
                    // With a right sum the other fields count.
                    mendSums(&other, from: tar)
                    let isMendedEqual = read(other, 700) == readByLibArchive(other, 700)
                    #expect(isMendedEqual, "\(name), byte \(position) is \(value), with a right sum")
                }
            }
        }
    }

    @Test("libarchive is not asked where all entries are plain")
    func plain() throws {
        for (name, tar) in samples.prefix(3) {
            var reader = PlainTarReader(input(tar, 1000))
            var steps = 0
            reading: while true {
                switch try reader.next() {
                case .entry: steps += 1
                case .end: break reading
                case .foreign:
                    Issue.record("\(name): entry \(steps)")
                    break reading
                }
            }
            #expect(steps > 2)
        }
    }

    private var samples: [(String, [UInt8])] {
        var gnu = TarBuilder()
        gnu.directory("lib/")
        gnu.file("lib/a", "hello")
        gnu.file("./lib/empty", "", mode: 0o755, time: 5)
        gnu.symlink("lib/link", to: "../a")
        gnu.hardlink("lib/hard", to: "lib/a")
        gnu.file("/absolute", [UInt8](repeating: 7, count: 1500))
        var posix = TarBuilder(longNames: .ustarPrefix)
        posix.file("short", "text")
        posix.file(String(repeating: "folder/", count: 20) + "name", [UInt8](repeating: 1, count: 512))
        posix.file("last", "x")
        var times = TarBuilder(longNames: .pax)
        times.entry("a", type: "0", contents: [1, 2], time: 3, pax: [("mtime", "4.5"), ("uid", "1234567")])
        times.entry("b", type: "5", time: 3, pax: [("atime", "4.5")])
        times.file("c", "z")
        var long = TarBuilder()
        long.file("first", "1")
        long.file(String(repeating: "n", count: 150), "22")
        long.file("second", "333")
        var pax = TarBuilder(longNames: .pax)
        pax.file("first", "1")
        pax.file(String(repeating: "n", count: 150), "22", time: 9)
        pax.entry("b", type: "0", contents: [1], time: 2, pax: [("size", "1")])
        pax.entry("c", type: "0", contents: [1], time: 2, pax: [("path", "d"), ("mtime", "77")])
        pax.file("é", "utf-8")
        pax.file("last", "1")
        var odd = TarBuilder()
        odd.file("../outside", "1")
        odd.entry("fifo", type: "6")
        odd.entry("folder/", type: "0")
        odd.entry("old", type: "\0", contents: [1, 2, 3])
        odd.entry("sized", type: "2", link: "x", contents: [1])
        odd.hardlink("bad", to: "../../etc")
        var doubled = TarBuilder(longNames: .pax)
        doubled.file("a", "1")
        doubled.entry("pax", type: "x", contents: Array("13 mtime=1.5\n".utf8))
        doubled.entry("b", type: "0", contents: [1], pax: [("mtime", "2.5")])
        doubled.file("c", "1")
        return [
            ("gnu", gnu.finish()), ("posix", posix.finish()), ("times", times.finish()), ("long", long.finish()),
            ("pax", pax.finish()), ("odd", odd.finish()), ("doubled", doubled.finish()),
            ("without an end", gnu.unfinished), ("end in front", [UInt8](repeating: 0, count: 1024) + gnu.finish()),
            ("text", Array(String(repeating: "no tar ", count: 200).utf8)),
        ]
    }

    /// Computes the sums of the headers at the places of those of `original`.
    private func mendSums(_ tar: inout [UInt8], from original: [UInt8]) {
        for start in stride(from: 0, to: original.count - 511, by: 512)
        where original[(start + 257)..<(start + 262)].elementsEqual("ustar".utf8) {
            tar.replaceSubrange((start + 148)..<(start + 156), with: [UInt8](repeating: 0x20, count: 8))
            let sum = String(tar[start..<(start + 512)].reduce(0) { $0 + Int($1) }, radix: 8)
            let digits = String(repeating: "0", count: 6 - sum.count) + sum + "\0"
            tar.replaceSubrange((start + 148)..<(start + 155), with: Array(digits.utf8))
        }
    }

    // MARK: Reading

    private final class Blocks: BlockSource {
        private let bytes: UnsafeMutableRawBufferPointer
        private var position = 0
        private let size: Int

        init(_ bytes: [UInt8], size: Int) {
            self.bytes = .allocate(byteCount: bytes.count, alignment: 1)
            self.bytes.copyBytes(from: bytes)
            self.size = size
        }

        deinit { bytes.deallocate() }

        func nextBlock() throws -> UnsafeRawBufferPointer {
            let count = min(size, bytes.count - position)
            defer { position += count }
            return UnsafeRawBufferPointer(rebasing: bytes[position..<(position + count)])
        }
    }

    private func input(_ tar: [UInt8], _ blockSize: Int) -> TarInput {
        TarInput(Blocks(tar, size: blockSize), scratch: DecoderScratch(), start: 0, limit: nil)
    }

    private func read(_ tar: [UInt8], _ blockSize: Int, skipping: Bool = false) -> [String] {
        let stream = TarStream(
            Blocks(tar, size: blockSize), scratch: DecoderScratch(), start: 0, limit: nil)
        return read({ try stream.next() }, { try stream.nextData() }, skipping)
    }

    private func readByLibArchive(_ tar: [UInt8], _ blockSize: Int, skipping: Bool = false) -> [String] {
        let input = input(tar, blockSize)
        do {
            let reader = try LibArchiveReader(input, after: PlainTarReader(input))
            return read({ try reader.next() }, { try reader.nextData() }, skipping)
        } catch {
            return ["\(error)"]
        }
    }

    private func read(
        _ next: () throws -> TarEntry?, _ nextData: () throws -> (bytes: UnsafeRawBufferPointer, offset: Int64)?,
        _ isSkipping: Bool
    ) -> [String] {
        var found: [String] = []
        do {
            while let entry = try next() {
                found.append("\(entry)")
                if isSkipping || entry.size == 0 { continue }
                var content: [UInt8] = []
                while content.count < entry.size, let (bytes, offset) = try nextData() {
                    if offset != content.count { found.append("hole at \(offset)") }
                    content.append(contentsOf: bytes)
                }
                found.append("\(content)")
            }
        } catch {
            found.append("\(error)")
        }
        return found
    }
}
