import Archive
import Packing
import Support
import TestKit
import Testing

@Suite("A set of packages that was found installable is not looked at again") struct PlanCheckNoteTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// An environment with a post-link script and a wheel whose files are not as RECORD says.
    private func request(wheel text: String = "a = 1\n") throws -> PackRequest {
        var workspace = WorkspaceBuilder(in: directory)
        var python = CondaBuilder("python", version: "3.12.4")
        python.file("bin/python3.12", "#!/bin/sh\n", mode: 0o755)
        python.file("bin/.python-post-link.sh", "exit 0\n", mode: 0o755)
        let python312 = python.conda()
        try workspace.conda("python-3.12.4-0.conda", python312)
        var wheel = WheelBuilder("d")
        wheel.add("d/a.py", text)
        let wrong = "sha256=" + Base64.url.encode(SHA256Hasher.hash([1]).bytes)
        try workspace.wheel(wheel.fileName, wheel.archive { _ in wrong }, name: "d")
        var request = PackRequest(manifest: try workspace.write(), version: "1.0.0")
        request.output = .file(directory("out.tar"))
        request.recordsContents = true
        request.fetch.cacheDirectory = directory("cache")
        return request
    }

    /// The warnings of packing.
    private func warnings(_ request: PackRequest) throws -> [String] {
        let reporter = RecordingReporter()
        try request.pack(reporter: reporter)
        return reporter.messages.filter { $0.hasPrefix("warning: ") }
    }

    private func notes() throws -> [ByteString] {
        guard try Sys.exists(directory("cache/plans")) else { return [] }
        return try Sys.list(directory("cache/plans")).map { directory("cache/plans").appending(path: $0) }
    }

    @Test("the pack and what is said of it are the same, and the note is what says it")
    func same() throws {
        let request = try request()
        let first = try warnings(request)
        #expect(first.contains { $0.contains("not as its RECORD says") } && first.contains { $0.contains("post-link") })
        let pack = try File.open(directory("out.tar")).slice().readAll()
        let note = try #require(try notes().first)
        #expect(try warnings(request) == first)
        #expect(try File.open(directory("out.tar")).slice().readAll() == pack)
        let text = try String(decoding: File.open(note).slice().readAll(), as: UTF8.self)
        try WholeFile.write(Array(text.replacing(text: "python", with: "noted").utf8), to: note, umask: 0o022)
        #expect(try warnings(request).contains { $0.contains("noted") })
    }

    @Test("other contents, another lock, another version and --strict are looked at anew")
    func others() throws {
        var first = try request()
        _ = try warnings(first)
        _ = try warnings(try request(wheel: "a = 2\n"))
        #expect(try notes().count == 2)
        first = try request()
        first.version = "1.0.1"
        _ = try warnings(first)
        #expect(try notes().count == 3)
        first.isStrict = true
        #expect(throws: Failure.self) { try first.pack(reporter: RecordingReporter()) }
        #expect(try notes().count == 4)
    }

    @Test("a note that is damaged does not count and is made anew", arguments: ["", "{", "[]", "{\"post-link\": []}"])
    func damaged(text: String) throws {
        let request = try request()
        let first = try warnings(request)
        let note = try #require(try notes().first)
        let before = try File.open(note).slice().readAll()
        try WholeFile.write(Array(text.utf8), to: note, umask: 0o022)
        #expect(try warnings(request) == first)
        #expect(try File.open(note).slice().readAll() == before)
    }

    @Test("what can never be unpacked is noted nowhere, and refused each time")
    func refused() throws {
        var workspace = WorkspaceBuilder(in: directory)
        try workspace.wheel("w-1.0-py3-none-any.whl", makeWheel("w", "1.0"), name: "w")
        var request = PackRequest(manifest: try workspace.write(), version: "1.0.0")
        request.output = .file(directory("out.tar"))
        request.fetch.cacheDirectory = directory("cache")
        for _ in 0..<2 {
            #expect(throws: Failure.self) { try request.pack(reporter: RecordingReporter()) }
            #expect(try notes().isEmpty)
        }
    }
}
