import LibC
import Support
import TestKit
import Testing

@Suite("Files that are to be read") struct GivenFileTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test("a named pipe, a device and a folder are refused at once") func refused() throws {
        let pipe = directory("pipe")
        #expect(pipe.withCString { mkfifo($0, 0o600) } == 0)
        for (path, kind): (ByteString, String) in [
            (pipe, "a named pipe"), ("/dev/zero", "a device"), (directory.path, "a folder"),
        ] {
            for open in [{ try File.open(path) }, { try File.openGiven(path) }] {
                let failure = #expect(throws: Failure.self) { _ = try open() }
                #expect(failure?.message == "'\(path)' is \(kind), not a regular file")
            }
        }
        #expect(throws: SystemError.self) { _ = try File.open(directory("nothing")) }
    }

    @Test("a stream the shell hands over is read to its end") func stream() throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let input = File(descriptor: ends[0], path: "pipe")
        try Array("text".utf8).withUnsafeBytes { try Sys.writeAll(ends[1], $0) }
        try Sys.close(ends[1])
        let file = try File.openGiven(ByteString("/dev/fd/\(input.descriptor)"))
        #expect(try file.slice().readAll() == Array("text".utf8))
        #expect(GivenFile.descriptor(named: "/dev/stdin") == 0)
        for path: ByteString in ["/dev/fd/x", "/dev/fd/", "/tmp/3", "/dev/fd/-1"] {
            #expect(GivenFile.descriptor(named: path) == nil)
        }
    }

    @Test("a stream of more bytes than allowed is refused") func limit() throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let input = File(descriptor: ends[0], path: "pipe")
        try [UInt8](repeating: 1, count: 100).withUnsafeBytes { try Sys.writeAll(ends[1], $0) }
        try Sys.close(ends[1])
        #expect(throws: Failure.self) {
            _ = try File.openGiven(ByteString("/dev/fd/\(input.descriptor)"), limit: 99)
        }
    }

    @Test("the null device is an empty file") func null() throws {
        #expect(try File.openGiven("/dev/null").slice().readAll().isEmpty)
    }
}
