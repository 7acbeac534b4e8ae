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
            atOnce: 1,
            { [told] file in
                let text = (try? file.content.readAll()).map { String(decoding: $0, as: UTF8.self) }
                told.withLock { $0.append("\(file.path): \(text ?? "nothing")") }
                return false
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

    @Test("a pipe is not read while more is there than is worked on, and what was worked on takes no room")
    func room() throws {
        let size = 1 << 20
        let entries = try (1...4).map { number in
            PackEntry(try RelativePath(ByteString("\(number)")), .bytes(Array(repeating: UInt8(number), count: size)))
        }
        _ = try TarPackWriter(entries, at: directory("tar")).finish()
        let files = Locked<[ArrivedFile]>([])
        let arriving = ArrivingPack(
            atOnce: 1,
            { file in
                files.withLock { $0.append(file) }
                return true
            }, forget: {})
        var pair: [Int32] = [-1, -1]
        #expect(pipe(&pair) == 0)
        let (reading, writing) = (pair[0], pair[1])
        let bytes = try directory.read("tar")
        let sender = startThread {
            try? bytes.withUnsafeBytes { try Sys.writeAll(writing, $0) }
            try? Sys.close(writing)
        }
        let spooled = Locked<FileSlice?>(nil)
        let reader = startThread { [directory] in
            let slice = try? PackSpool(in: directory.path, arriving: arriving).read(reading, called: "pipe")
            spooled.withLock { $0 = slice }
        }
        // One is worked on, and the next one is there: that is what is waited for.
        for done in 0..<3 {
            for _ in 0..<1000 where files.withLock({ $0.count < done + 2 }) { usleep(10_000) }
            usleep(100_000)
            #expect(files.withLock { $0.count } == done + 2)
            let file = try #require(files.withLock { $0.count > done ? $0[done] : nil })
            file.done(with: [file.content])
        }
        pthread_join(try #require(reader), nil)
        pthread_join(try #require(sender), nil)
        let slice = try #require(spooled.withLock { $0 })
        #expect(slice.length == bytes.count)
        #expect(try slice.file.status().st_blocks * 512 < 2 * size)
        let last = try #require(files.withLock { $0.last })
        #expect(try last.content.readAll() == Array(repeating: 4, count: size))
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
