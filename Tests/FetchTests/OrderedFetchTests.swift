import CondaModel
import Fetch
import Support
import TestKit
import Testing

@Suite("Fetching for someone who takes files in order")
final class OrderedFetchTests: ServedSuite {
    /// Lets the window go on when a file is complete, as the writer of a stream does.
    private final class TakingSink: FetchSink {
        let memory = MemorySink()
        let position: Int
        let window: ReadAhead
        let done: Locked<Set<Int>>

        init(_ position: Int, _ window: ReadAhead, _ done: Locked<Set<Int>>) {
            (self.position, self.window, self.done) = (position, window, done)
        }

        func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws { try memory.write(bytes, at: offset) }
        func restart() throws { try memory.restart() }
        func finish(size: Int64) throws {
            try memory.finish(size: size)
            let next = done.withLock { done in
                done.insert(position)
                var next = 0
                while done.contains(next) { next += 1 }
                return next
            }
            window.advance(to: next)
        }
    }

    /// Twelve files, from the network, from a folder and from a cache with a damaged entry in turn.
    private func requests(_ window: ReadAhead) throws -> [FetchRequest] {
        let done = Locked<Set<Int>>([])
        return try (0..<12).map { position in
            let name = "p\(position).conda"
            let file = try server.file("/\(name)", size: 50_000, seed: position)
            var url = server.url("/\(name)")
            if position % 3 == 1 { try directory.write("cache/linux-64/\(name)", "damaged") }
            if position % 3 == 2 {
                let bytes = try Harness().fetch(url).sink.bytes
                url = try directory.write("local/\(name)", bytes).lossyString
            }
            var request = try Harness.request(
                position, url, sha256: file.sha256, size: file.size, key: "linux-64/\(name)",
                sink: TakingSink(position, window, done))
            request.position = position
            return request
        }
    }

    @Test(
        "all files come, wherever they are from, one at a time or a few",
        arguments: [1, 60_000, 10_000_000] as [Int64])
    func all(capacity: Int64) throws {
        harness.settings.cacheDirectory = directory("cache")
        let window = ReadAhead(capacity: capacity, mostItems: 100)
        let requests = try requests(window)
        try server.faults("/p6.conda", #"{"kind": "reset", "at": 20000}"#, #"{"kind": "status", "code": 503}"#)
        try server.clearLog()
        let results = try Fetcher(settings: harness.settings, reporter: harness.reporter)
            .fetch(requests, within: window)
        #expect(results.map(\.id) == Array(0..<12))
        #expect(harness.reporter.warnings.count == 4)
        if capacity == 1 {
            let asked = try server.log().requests.map(\.path)
            #expect(asked.first == "/p0.conda" && asked.firstIndex(of: "/p6.conda") ?? 0 > 3)
            #expect(asked.last == "/p10.conda")
        }
    }

    @Test("a file that cannot be had ends the fetch", arguments: [0, 1, 2])
    func failure(at position: Int) throws {
        let window = ReadAhead(capacity: 1, mostItems: 100)
        var requests = try requests(window)
        let file = requests[position].file
        requests[position].file = WantedFile(
            file.name, at: try position == 2 ? .path(directory("nowhere")) : .url(WebURL(server.url("/nowhere.conda"))),
            digests: file.digests, size: file.size)
        let fetcher = try Fetcher(settings: harness.settings, reporter: harness.reporter)
        let message = errorText { _ = try fetcher.fetch(requests, within: window) }
        #expect(message.contains("nowhere"), "\(message)")
        #expect(try !server.log().requests.contains { $0.path == "/p9.conda" && $0.headers["range"] != nil })
    }

    @Test("an error of who takes the files ends the fetch")
    func nobodyTakes() throws {
        let window = ReadAhead(capacity: 1, mostItems: 100)
        let requests = try requests(window)
        window.fail(Failure("the pipe is closed"))
        let fetcher = try Fetcher(settings: harness.settings, reporter: harness.reporter)
        #expect(errorText { _ = try fetcher.fetch(requests, within: window) } == "the pipe is closed")
    }
}
