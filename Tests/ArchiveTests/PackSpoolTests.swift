import LibC
import Support
import TestKit
import Testing

@testable import Archive

@Suite("Packs that come compressed or through a pipe") struct PackSpoolTests {
    let directory: TemporaryDirectory
    private let names = ["channel/linux-64/a-1-0.conda", "channel/linux-64/repodata.json", "pixi-pack.json"]

    init() throws { directory = try TemporaryDirectory() }

    private var spool: PackSpool { PackSpool(in: directory.path) }

    /// Noise, which no program makes smaller by much.
    private func noise(_ count: Int) -> [UInt8] {
        var state: UInt64 = 88_172_645_463_325_252
        return (0..<count).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state)
        }
    }

    private func entries(_ size: Int) throws -> [PackEntry] {
        try names.map {
            PackEntry(try RelativePath(ByteString($0)), .bytes($0.hasSuffix("conda") ? noise(size) : Array("{}".utf8)))
        }
    }

    private func plain(_ size: Int = 3000) throws -> [UInt8] {
        _ = try TarPackWriter(entries(size), at: directory("plain.tar")).finish()
        return try directory.read("plain.tar")
    }

    private func compressed(_ compression: PackCompression, _ size: Int = 3000) throws -> [UInt8] {
        let path = directory("pack")
        let file = File(descriptor: try Sys.open(path, O_RDWR | O_CREAT | O_TRUNC), path: path)
        let writer = try StreamedPackWriter(
            entries(size), to: file, compression: compression, spool: .init(in: directory.path),
            heldBack: RelativePath("pixi-pack.json"))
        let count = try writer.finish()
        let bytes = try directory.read("pack")
        #expect(bytes.count == Int(count))
        return bytes
    }

    private func read(_ bytes: [UInt8], limit: Int64? = nil) throws -> [UInt8] {
        let file = try File.open(directory.write("given", bytes))
        return try PackSpool(in: directory.path, limit: limit).decompressed(file.slice()).readAll()
    }

    private func receive(_ bytes: [UInt8], keepsCompressed: Bool = false) throws -> [UInt8] {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let (input, output) = (File(descriptor: ends[0], path: "pipe"), ends[1])
        let writer = startThread {
            bytes.withUnsafeBytes { try? Sys.writeAll(output, $0) }
            try? Sys.close(output)
        }
        defer { if let writer { pthread_join(writer, nil) } }
        return try spool.read(input.descriptor, called: "pipe", keepsCompressed: keepsCompressed).readAll()
    }

    @Test("what is compressed comes back, from a file and from a pipe", arguments: PackCompression.allCases)
    func roundTrip(_ compression: PackCompression) throws {
        for size in [0, 3000, 600_000] {
            let (tar, bytes) = (try plain(size), try compressed(compression, size))
            #expect(PackCompression(startOfFile: bytes) == compression)
            #expect(try read(bytes) == tar)
            #expect(try receive(bytes) == tar)
            #expect(try receive(bytes, keepsCompressed: true) == bytes)
        }
        #expect(try Sys.list(directory.path).sorted() == ["given", "pack", "plain.tar"])
    }

    @Test("the same bytes whatever the number of threads") func deterministic() throws {
        let data = noise(20 << 20)
        var results: [[UInt8]] = []
        for threads in [1, 2, 4] {
            let path = directory("z\(threads)")
            let file = File(descriptor: try Sys.open(path, O_RDWR | O_CREAT), path: path)
            let sink = try CompressingSink(DescriptorSink(file), .zstd, threads: threads)
            let piece = 100_000 * threads
            for start in stride(from: 0, to: data.count, by: piece) {
                try data[start..<min(start + piece, data.count)].withUnsafeBytes { try sink.write($0) }
            }
            _ = try sink.finish()
            results.append(try directory.read("z\(threads)"))
        }
        #expect(results[0] == results[1] && results[1] == results[2])
    }

    @Test("cut at any byte, or with something behind it, it is refused", arguments: PackCompression.allCases)
    func damaged(_ compression: PackCompression) throws {
        let bytes = try compressed(compression, 300)
        // Fewer bytes do not tell what they are.
        for end in 6..<bytes.count {
            #expect(throws: Failure.self, "\(end) of \(bytes.count)") { try read(Array(bytes[..<end])) }
        }
        for garbage: [UInt8] in [[0], Array("garbage, more than a header".utf8), [UInt8](repeating: 0, count: 600)] {
            #expect { try read(bytes + garbage) } throws: {
                "\($0)".contains("there is something else behind the \(compression) data")
                    || "\($0)".contains("data ends early")
            }
        }
    }

    @Test("several streams in a row are one", arguments: PackCompression.allCases)
    func several(_ compression: PackCompression) throws {
        let tar = try plain()
        var bytes: [UInt8] = []
        for part in [tar[..<5000], tar[5000...]] {
            let path = directory("part")
            let file = File(descriptor: try Sys.open(path, O_RDWR | O_CREAT | O_TRUNC), path: path)
            let sink = try CompressingSink(DescriptorSink(file), compression, threads: 1)
            try Array(part).withUnsafeBytes { try sink.write($0) }
            _ = try sink.finish()
            bytes += try directory.read("part")
        }
        #expect(try read(bytes) == tar)
    }

    @Test("no more is unpacked than is allowed") func limit() throws {
        let bytes = try compressed(.zstd, 100_000)
        let failure = #expect(throws: Failure.self) { try read(bytes, limit: 50_000) }
        #expect(failure?.isOverLimit == true)
    }

    @Test("a tar that claims more than there is room for, or than is allowed, is refused before it came")
    func claims() throws {
        for pax in [[], [("size", "999999999999999")]] {
            var tar = TarBuilder()
            tar.entry("channel/a.conda", type: "0", size: pax.isEmpty ? 999_999_999_999_999 : 0, pax: pax)
            let bytes = tar.unfinished + [UInt8](repeating: 0, count: 10_000)
            #expect { try receive(bytes) } throws: { "\($0)".contains("that are free in") }
            let failure = #expect(throws: Failure.self) { try read(compressing(bytes), limit: 1 << 40) }
            #expect(failure?.isOverLimit == true)
        }
    }

    private func compressing(_ bytes: [UInt8]) throws -> [UInt8] {
        let file = File(descriptor: try Sys.open(directory("part"), O_RDWR | O_CREAT | O_TRUNC), path: "part")
        let sink = try CompressingSink(DescriptorSink(file), .zstd, threads: 1)
        try bytes.withUnsafeBytes { try sink.write($0) }
        _ = try sink.finish()
        return try directory.read("part")
    }

    @Test("what goes on behind the end of a tar is not followed") func behind() throws {
        let tar = try plain()
        #expect(try read(compressing(tar + [UInt8](repeating: 0, count: 1 << 20))).count == tar.count + 1 << 20)
        let zeros = [UInt8](repeating: 0, count: 3 << 20)
        #expect { try read(compressing(tar + zeros)) } throws: {
            "\($0)".contains("it goes on for more than 1.00 MiB behind the end of the tar")
        }
    }

    @Test("how far a tar reaches is known from any pieces of it", arguments: [1, 7, 512, 600, 1 << 20])
    func extent(_ step: Int) throws {
        for names in [TarBuilder.LongNames.gnu, .pax, .ustarPrefix] {
            var tar = TarBuilder(longNames: names)
            tar.file("a", noise(700))
            tar.directory(String(repeating: "d/", count: 60))
            tar.symlink("l", to: String(repeating: "t", count: 150))
            tar.entry("f", type: "5", size: 4096)
            tar.entry("g", type: "g", contents: Array("20 comment=whatever\n".utf8))
            tar.entry(
                "b", type: "0", contents: noise(3000), size: names == .pax ? 0 : 3000, pax: [("size", "3000")])
            tar.hardlink("h", to: "b")
            let bytes = tar.finish()
            var extent = TarExtent()
            for (count, start) in stride(from: 0, to: bytes.count + 5000, by: step).enumerated() {
                let all = bytes + [UInt8](repeating: 0, count: 5000)
                if step == 1, count > bytes.count { break }
                all[start..<min(all.count, start + step)].withUnsafeBytes { extent.follow($0) }
                #expect(extent.isKnown)
                if start + step < bytes.count { #expect(!extent.hasEnded) }
            }
            #expect(extent.hasEnded && extent.reach == Int64(bytes.count))
        }
        var other = TarExtent()
        Array("#!/bin/sh\n".utf8 + noise(5000)).withUnsafeBytes { other.follow($0) }
        #expect(!other.isKnown && !other.hasEnded)
    }

    @Test("what begins no pack is not read to its end") func others() throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let input = File(descriptor: ends[0], path: "pipe")
        // Nobody closes the other end: who waits for more waits for ever.
        try [UInt8](repeating: 0, count: 4096).withUnsafeBytes { try Sys.writeAll(ends[1], $0) }
        #expect { try spool.read(input.descriptor, called: "pipe") } throws: { "\($0)".contains("begins with zeros") }
        try Sys.close(ends[1])
        #expect { try receive([]) } throws: { "\($0)".contains("the pack is empty") }
        #expect { try receive(Array("hello".utf8)) } throws: { "\($0)".contains("too short for a pack") }
        #expect { try receive([UInt8](repeating: 65, count: 4096)) } throws: { "\($0)".contains("is not a tar header") }
        #expect { try receive(Array("PK\u{3}\u{4}".utf8) + noise(2000)) } throws: {
            "\($0)".contains("it is a zip file")
        }
    }

    @Test("a regular file behind a descriptor is used in place") func inPlace() throws {
        let tar = try plain()
        let file = try File.open(directory.write("x", Array("skipped".utf8) + tar))
        var seven = [UInt8](repeating: 0, count: 7)
        _ = try seven.withUnsafeMutableBytes { try Sys.read(file.descriptor, into: $0) }
        let elsewhere = PackSpool(in: directory("no-such-directory"))
        #expect(try elsewhere.read(file.descriptor, called: "x").readAll() == tar)
    }
}
