import CLibDeflate
import Support
import TestKit
import Testing

@testable import Archive

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

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

    private func whole(_ packed: [UInt8], size: Int) -> [UInt8] {
        let decoder = libdeflate_alloc_decompressor()
        defer { libdeflate_free_decompressor(decoder) }
        return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            libdeflate_deflate_decompress(decoder, packed, packed.count, buffer.baseAddress, size, &count)
        }
    }

    /// Bytes that pack well, badly or not at all.
    private static func contents(_ size: Int, kind: Int, _ random: inout Random) -> [UInt8] {
        switch kind % 4 {
        case 0: return [UInt8](repeating: 0, count: size)
        case 1: return (0..<size).map { UInt8(truncatingIfNeeded: $0 / 251) }
        case 2: return (0..<size).map { _ in UInt8(truncatingIfNeeded: random.next() & 3) }
        default: return (0..<size).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        }
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
        for level in 0...9 as ClosedRange<Int32> {
            for (kind, distance) in [(0, -1), (0, 0), (0, 1), (0, 258), (1, 0), (2, 1), (3, -1)] {
                let contents = Self.contents(border + distance, kind: kind, &random)
                let packed = Compression.deflate(contents, level: level)
                let same = try inflate(packed, input: 128 << 10, output: 256 << 10) == contents
                #expect(same, "level \(level), kind \(kind), \(contents.count) bytes")
            }
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

    /// `PIXI_PACK_INFLATE_MEMBERS=100000` is the number of a release.
    @Test("random members, decoded byte by byte and in larger pieces")
    func random() throws {
        let count = getenv("PIXI_PACK_INFLATE_MEMBERS").flatMap { Int(String(cString: $0)) } ?? 2000
        var random = Random(state: 20_261_126)
        for number in 0..<count {
            let size = Int(random.next() % (number % 50 == 0 ? 20_000 : 600))
            let contents = Self.contents(size, kind: Int(random.next()), &random)
            let packed = Compression.deflate(contents, level: Int32(random.next() % 10))
            #expect(whole(packed, size: size) == contents)
            let (input, output) = (1 + Int(random.next() % 40), 1 + Int(random.next() % 70))
            let same = try inflate(packed, input: input, output: output) == contents
            #expect(same, "member \(number)")
            // Cut off anywhere it is an error, never a shorter member.
            if packed.count > 1 {
                let cut = Array(packed[..<Int(random.next() % UInt64(packed.count))])
                #expect(throws: Failure.self) { try inflate(cut, input: input, output: output) }
            }
        }
    }
}
