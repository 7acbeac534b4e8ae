import Support
import TestKit
import Testing

@testable import Install

@Suite("Files that others write") struct FilesInFlightTests {
    let directory: TemporaryDirectory
    let files = FilesInFlight(width: 4)
    let writer: PrefixWriter
    let batch = FilesInFlight.Batch()

    init() throws {
        directory = try TemporaryDirectory()
        writer = try PrefixWriter(directory.path, umask: 0o022, inFlight: files)
    }

    private func add(_ path: String, _ text: String, _ batch: FilesInFlight.Batch) throws {
        let isTaken = try files.add(
            PrefixPath(ByteString(path)), mode: 0o644, Array(text.utf8), time: 1_700_000_000, batch, writer)
        #expect(isTaken)
    }

    @Test("all of a batch are there when it was waited for")
    func all() throws {
        defer { files.end() }
        for number in 0..<300 { try add("d\(number % 7)/f\(number)", "contents \(number)", batch) }
        try batch.wait()
        for number in 0..<300 {
            let bytes = try File.open(directory("d\(number % 7)/f\(number)")).slice().readAll()
            #expect(String(decoding: bytes, as: UTF8.self) == "contents \(number)")
        }
        let status = try Sys.stat(directory("d0/f0"))
        #expect(status.st_mtim.tv_sec == 1_700_000_000)
    }

    @Test("who waits is told of its own files, not of those of others")
    func failing() throws {
        defer { files.end() }
        try directory.write("file", "no folder")
        let other = FilesInFlight.Batch()
        try add("file/below", "x", batch)
        try add("fine", "x", other)
        try other.wait()
        do {
            try batch.wait()
            Issue.record("no error")
        } catch { #expect("\(error)".contains("could not create file 'file/below'"), "\(error)") }
        // It is said once.
        try batch.wait()
    }

    @Test("more than may wait is taken as room is made")
    func much() throws {
        defer { files.end() }
        let text = String(repeating: "x", count: FilesInFlight.largest)
        for number in 0..<100 { try add("large\(number)", text, batch) }
        try batch.wait()
        #expect(try Sys.list(directory.path).count == 100)
    }

    @Test("nothing is left to end twice")
    func ending() throws {
        try add("a", "x", batch)
        try batch.wait()
        files.end()
        files.end()
        #expect(try Sys.list(directory.path) == ["a"])
    }
}
