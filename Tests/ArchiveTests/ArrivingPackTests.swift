import LibC
import Support
import TestKit
import Testing

@testable import Archive

@Suite("Members of a tar that is still being written") struct ArrivingMembersTests {
    private let directory: TemporaryDirectory
    private let told = Locked<[String]>([])

    init() throws { directory = try TemporaryDirectory() }

    private func tar() throws -> [UInt8] {
        let entries = try (1...3).map { number in
            PackEntry(try RelativePath(ByteString("\(number)")), .bytes(Array("content \(number)".utf8)))
        }
        _ = try TarPackWriter(entries, at: directory("tar")).finish()
        return try directory.read("tar")
    }

    private func arriving() -> ArrivingPack {
        ArrivingPack(
            { [told] path, content in
                let text = (try? content.readAll()).map { String(decoding: $0, as: UTF8.self) }
                told.withLock { $0.append("\(path): \(text ?? "nothing")") }
            }, forget: { [told] in told.withLock { $0 = [] } })
    }

    private func file() throws -> File {
        File(descriptor: try Sys.open(directory("file"), O_RDWR | O_CREAT | O_TRUNC), path: "file")
    }

    private func wait(for count: Int) {
        for _ in 0..<1000 where told.withLock({ $0.count < count }) { usleep(10_000) }
    }

    @Test("each is told when its last byte is there") func eachInTime() throws {
        let (bytes, file, arriving) = (try tar(), try file(), arriving())
        arriving.follow(file)
        // A header and a block of content each.
        for (end, count) in [(512, 0), (512 + 8, 0), (512 + 9, 1), (1536 + 9, 2), (bytes.count, 3)] {
            try bytes[..<end].withUnsafeBytes { try Sys.writeAll(file.descriptor, $0, at: 0) }
            arriving.note(size: Int64(end))
            wait(for: count)
            #expect(told.withLock { $0 } == (0..<count).map { "\($0 + 1): content \($0 + 1)" }, "\(end)")
        }
        arriving.end()
        #expect(told.withLock { $0.count } == 3)
    }

    @Test("what comes again is not told again") func restart() throws {
        let (bytes, file, arriving) = (try tar(), try file(), arriving())
        arriving.follow(file)
        try bytes.withUnsafeBytes { try Sys.writeAll(file.descriptor, $0, at: 0) }
        arriving.note(size: 1024)
        wait(for: 1)
        arriving.restart()
        arriving.note(size: Int64(bytes.count))
        #expect(told.withLock { $0 } == [])
    }

    @Test("nothing is told of what is no tar, or claims to be endless", arguments: [0, 1])
    func noTar(_ number: Int) throws {
        var bytes = try tar()
        if number == 0 {
            bytes = Array(repeating: 7, count: 4096)
        } else {
            var builder = TarBuilder()
            builder.entry("endless", type: "0", size: .max - 512)
            bytes = builder.finish()
        }
        let (file, arriving) = (try file(), arriving())
        arriving.follow(file)
        try bytes.withUnsafeBytes { try Sys.writeAll(file.descriptor, $0, at: 0) }
        arriving.note(size: Int64(bytes.count))
        arriving.end()
        #expect(told.withLock { $0 } == [])
    }
}
