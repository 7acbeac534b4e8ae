import Fetch
import Support
import TestKit
import Testing

@Suite("What downloads tell of their progress")
final class ProgressTests: ServedSuite {
    /// The bytes that are done of all items, less what was taken back.
    private var done: Int64 {
        harness.reporter.events.reduce(0) { sum, event in
            if case .itemAdvanced(_, let bytes) = event { sum + bytes } else { sum }
        }
    }

    private var sizes: [Int64] {
        harness.reporter.events.compactMap { if case .itemSized(_, let bytes) = $0 { bytes } else { nil } }
    }

    @Test("a file whose size the lock file does not know gets it from the answer")
    func sizeOfAnswer() throws {
        let file = try server.file("/a.conda", size: 300_000)
        _ = try harness.fetch(server.url("/a.conda"), sha256: file.sha256)
        #expect(sizes == [300_000] && done == 300_000)
    }

    @Test("a file whose size is known is not told again, and a chunked answer tells none")
    func knownSize() throws {
        let file = try server.file("/a.conda", size: 300_000)
        _ = try harness.fetch(server.url("/a.conda"), sha256: file.sha256, size: 300_000)
        try server.faults("/a.conda", #"{"kind": "no-length"}"#)
        _ = try harness.fetch(server.url("/a.conda"), sha256: file.sha256)
        #expect(sizes.isEmpty && done == 600_000, "\(sizes) \(done)")
    }

    @Test("a try that failed is told with what comes next, and which server is asked")
    func retries() throws {
        let file = try server.file("/a.conda", size: 3000)
        try server.faults("/a.conda", #"{"kind": "status", "code": 503}"#)
        _ = try harness.fetch(server.url("/a.conda"), sha256: file.sha256)
        let told = harness.reporter.events.compactMap { event -> String? in
            switch event {
            case .itemAsked(_, let server): "asked \(server.text)"
            case .itemWaiting(_, let reason, let next, let tries, let seconds):
                "try \(next ?? 0) of \(tries): \(reason.text.contains("503")) \(seconds != nil)"
            case .itemAdvanced: "bytes"
            case .itemEnded: "ended"
            default: nil
            }
        }
        let origin = "asked http://127.0.0.1:\(server.port)"
        #expect(told == [origin, "try 2 of 5: true true", origin, "bytes", "ended"], "\(told)")
    }

    @Test("what a damaged cache entry gave is not added to what comes instead")
    func damagedEntry() throws {
        harness.settings.cacheDirectory = directory("cache")
        let file = try server.file("/a.conda", size: 300_000)
        try directory.write("cache/linux-64/a.conda", [UInt8](repeating: 7, count: 200_000))
        _ = try harness.fetch(server.url("/a.conda"), sha256: file.sha256, size: 300_000, key: "linux-64/a.conda")
        #expect(done == 300_000)
        #expect(sizes == [200_000, 300_000], "\(sizes)")
    }
}
