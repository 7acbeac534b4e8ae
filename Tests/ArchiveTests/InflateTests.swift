import CLibDeflate
import LibC
import Support
import TestKit
import Testing

@testable import Archive

/// Compares the decoder of pieces with libdeflate, which decodes as a whole.
@Suite("Inflating") struct InflateTests {
    let scratch = DecoderScratch()

    /// Hands out bytes in pieces of one size.
    private final class Pieces: BlockSource {
        private let bytes: UnsafeMutableRawBufferPointer
        private let size: Int
        private var position = 0

        init(_ bytes: [UInt8], size: Int) {
            self.bytes = .allocate(byteCount: bytes.count, alignment: 1)
            self.bytes.copyBytes(from: bytes)
            self.size = size
        }

        deinit { bytes.deallocate() }

        func nextBlock() -> UnsafeRawBufferPointer {
            let end = min(bytes.count, position + size)
            defer { position = end }
            return UnsafeRawBufferPointer(rebasing: bytes[position..<end])
        }
    }

    private func inflate(_ packed: [UInt8], input: Int, output: Int) throws -> [UInt8] {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: output, alignment: 64)
        defer { buffer.deallocate() }
        let source = try InflateSource(Pieces(packed, size: input), scratch: scratch, buffer: buffer)
        var result: [UInt8] = []
        while true {
            let block = try source.nextBlock()
            if block.isEmpty { return result }
            result.append(contentsOf: block)
        }
    }

    /// A compressor for each level, and libdeflate's decoder.
    private final class Whole {
        private let compressors = (0...9).map { libdeflate_alloc_compressor($0) }
        private let decoder = libdeflate_alloc_decompressor()

        deinit {
            for compressor in compressors { libdeflate_free_compressor(compressor) }
            libdeflate_free_decompressor(decoder)
        }

        func deflate(_ bytes: [UInt8], level: Int) -> [UInt8] {
            let compressor = compressors[level]
            let bound = libdeflate_deflate_compress_bound(compressor, bytes.count) + 16
            return [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
                count = libdeflate_deflate_compress(compressor, bytes, bytes.count, buffer.baseAddress, buffer.count)
            }
        }

        func inflate(_ packed: [UInt8], size: Int) -> [UInt8] {
            [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
                libdeflate_deflate_decompress(decoder, packed, packed.count, buffer.baseAddress, size, &count)
            }
        }
    }

    /// Bytes that pack well, badly or not at all: parts of three texts made once.
    private static let texts: [[UInt8]] = {
        var random = Random(state: 1)
        let size = (1 << 20) + 4096
        return [
            [UInt8](repeating: 0, count: size), (0..<size).map { UInt8(truncatingIfNeeded: $0 / 251) },
            (0..<size).map { _ in UInt8(truncatingIfNeeded: random.next() & 3) },
            (0..<size).map { _ in UInt8(truncatingIfNeeded: random.next()) },
        ]
    }()

    private static func contents(_ size: Int, kind: Int, _ random: inout Random) -> [UInt8] {
        let text = texts[kind % 4]
        let start = Int(random.next()) % (text.count - size + 1)
        return Array(text[start..<(start + size)])
    }

    private struct Random {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
    }

    @Test("sizes around every border of a buffer, all levels", arguments: [128 << 10, 256 << 10, 512 << 10, 1 << 20])
    func borders(_ border: Int) throws {
        var random = Random(state: UInt64(border))
        let whole = Whole()
        for level in 0...9 {
            for (kind, distance) in [(0, -1), (0, 0), (0, 1), (0, 258), (1, 0), (2, 1), (3, -1)] {
                let contents = Self.contents(border + distance, kind: kind, &random)
                let packed = whole.deflate(contents, level: level)
                let same = try inflate(packed, input: 128 << 10, output: 256 << 10) == contents
                #expect(same, "level \(level), kind \(kind), \(contents.count) bytes")
            }
        }
    }

    /// Members that fit the buffers are decoded as a whole, others in pieces.
    @Test("members of zips around every border, of all levels, stored and empty")
    func members() throws {
        var random = Random(state: 7)
        let whole = Whole()
        var zip = ZipBuilder()
        var expected: [[UInt8]] = []
        func add(_ contents: [UInt8], _ method: ZipBuilder.Method, packed: [UInt8]? = nil) {
            zip.add("\(expected.count)", contents, method: method, packed: packed)
            expected.append(contents)
        }
        let borders: [Int] = [128 << 10, 256 << 10, 512 << 10, 1 << 20]
        let around: [Int] = borders.flatMap { [$0 - 1, $0, $0 + 1] }
        for size in [0, 1] + around {
            let kind = Int(random.next())
            add(Self.contents(size, kind: kind, &random), .stored)
            for level in 0...9 {
                // What does not pack puts the packed size at the border, too.
                for kind in [kind, 3] where level % 3 == 0 || kind != 3 {
                    let contents = Self.contents(size, kind: kind, &random)
                    add(contents, .deflated, packed: whole.deflate(contents, level: level))
                }
            }
        }
        // Stored blocks of deflate add five bytes each: the packed size is what meets the border.
        let half = 512 << 10
        for size in (half - 50)..<(half - 30) {
            let contents = Self.contents(size, kind: 3, &random)
            add(contents, .deflated, packed: whole.deflate(contents, level: 0))
        }
        let directory = try TemporaryDirectory()
        let reader = try ZipReader(File.open(try directory.write("a.zip", zip.finish())).slice())
        #expect(reader.entries.count == expected.count)
        for (entry, contents) in Swift.zip(reader.entries, expected) {
            let same = try entry.contents(scratch: scratch) == contents
            #expect(same, "member \(entry.name): \(contents.count) bytes")
        }
    }

    @Test("megabytes of zeros in a few packed bytes: the input is used up long before the output")
    func heldBack() throws {
        for size in [1 << 20, (1 << 20) + 1, 3_000_000, 8_000_128] {
            let contents = [UInt8](repeating: 0, count: size)
            var zip = ZipBuilder()
            zip.add("zeros.npy", contents, method: .deflated)
            let directory = try TemporaryDirectory()
            let reader = try ZipReader(File.open(try directory.write("a.zip", zip.finish())).slice())
            #expect(try reader.entries[0].contents(scratch: scratch) == contents)
        }
    }

    /// `make conformance` tries 100,000.
    @Test("random members, decoded byte by byte and in larger pieces")
    func random() throws {
        let count = environmentValue("PIXI_PACK_INFLATE_MEMBERS").flatMap { Int($0.lossyString) } ?? 2000
        var random = Random(state: 20_261_126)
        let whole = Whole()
        for number in 0..<count {
            let size = Int(random.next() % (number % 50 == 0 ? 20_000 : 600))
            let contents = Self.contents(size, kind: Int(random.next()), &random)
            let packed = whole.deflate(contents, level: Int(random.next() % 10))
            if whole.inflate(packed, size: size) != contents { Issue.record("libdeflate: member \(number)") }
            let longest = size > 600 ? 400 : 40
            let (input, output) = (1 + Int(random.next()) % longest, 1 + Int(random.next()) % (longest * 2))
            if try inflate(packed, input: input, output: output) != contents { Issue.record("member \(number)") }
            // Cut off anywhere it is an error, never a shorter member.
            if packed.count > 1 {
                let cut = Array(packed[..<Int(random.next() % UInt64(packed.count))])
                if (try? inflate(cut, input: input, output: output)) != nil { Issue.record("member \(number), cut") }
            }
        }
    }
}
