import CondaModel
import Fetch
import LibC
import Support
import TestKit
import Testing

@Suite("Downloads over HTTP")
final class DownloadTests: ServedSuite {
    @Test(
        "a web page in place of the file is called one, however long and wherever it came from",
        arguments: [
            "<!DOCTYPE html><title>Log in</title>", "\u{FEFF}\n <HTML lang=en>",
            "<html>" + String(repeating: "a page longer than the file ", count: 100),
        ])
    func page(text: String) throws {
        let wanted = try server.file("/other.conda", size: 300)
        _ = try server.text("/login", text)
        _ = try server.text("/a.conda", text)
        let redirect = #"{"kind": "redirect", "to": "\#(server.url("/login"))", "code": 302}"#
        try server.faults("/b.conda", redirect, redirect, redirect)
        for name in ["a", "b"] {
            let message = errorText {
                _ = try harness.fetch(server.url("/\(name).conda"), sha256: wanted.sha256, size: 300)
            }
            #expect(message.contains("the server sent a web page instead of \(name).conda for url"), "\(message)")
            #expect(message.contains("login page") && !message.contains("checksum"))
        }
    }

    @Test(
        "a file that is not there is called what it was wanted for",
        arguments: [
            (FetchKind.wheel, "could not download pypi package", "lock again"),
            (.pack, "could not download pack", "check how it is written"),
            (.program, "could not download program", "check how it is written"),
            (.index, "could not download index", "check how it is written"),
            (.sources, "could not download source archive", "lock again"),
        ])
    func missing(kind: FetchKind, text: String, remedy: String) throws {
        let message = errorText { _ = try harness.fetch(server.url("/none"), kind: kind) }
        #expect(message.contains(text) && message.contains("404") && message.contains(remedy), "\(message)")
    }

    @Test("a file arrives whole, with our user agent and no wish for compression")
    func plain() throws {
        let file = try server.file("/c/a.conda", size: 300_000)
        let (result, sink) = try harness.fetch(server.url("/c/a.conda"), sha256: file.sha256, size: file.size)
        #expect(result?.size == 300_000 && result?.origin == .network)
        #expect(sink.sha256 == file.sha256 && sink.isWhole)
        let request = try #require(try server.log().requests.first)
        #expect(request.headers["user-agent"] == "pixi-pack/test")
        #expect(request.headers["accept-encoding"] == "identity")
        #expect(request.headers["authorization"] == nil)
    }

    @Test("a wrong sha256 is an error that says everything [network 89]")
    func wrongSHA256() throws {
        let file = try server.file("/c/a.conda", size: 1000)
        let wanted = String(repeating: "0", count: 64)
        let message = errorText { _ = try harness.fetch(server.url("/c/a.conda"), sha256: wanted) }
        #expect(message.contains("Download a.conda failed, checksum mismatch"))
        #expect(message.contains(wanted) && message.contains(file.sha256) && message.contains(server.url("/c/a.conda")))
    }

    @Test("md5 counts when there is no sha256 [network 90]")
    func wrongMD5() throws {
        let file = try server.file("/c/a.conda", size: 1000)
        let wanted = String(repeating: "a", count: 32)
        let message = errorText { _ = try harness.fetch(server.url("/c/a.conda"), md5: wanted) }
        #expect(message.contains("Download a.conda failed, checksum mismatch"))
        #expect(message.contains("md5") && message.contains(file.md5))
        #expect(try harness.fetch(server.url("/c/a.conda"), md5: file.md5).sink.isWhole)
    }

    @Test("without a hash the file is accepted [network 91]")
    func noHash() throws {
        let file = try server.file("/c/a.conda", size: 1000)
        #expect(try harness.fetch(server.url("/c/a.conda")).sink.sha256 == file.sha256)
    }

    @Test("error statuses are named [network 92]", arguments: [(404, 1), (401, 1), (403, 1), (500, 3)])
    func statuses(status: Int, tries: Int) throws {
        harness.settings.tries = 3
        let fault = #"{"kind": "status", "code": \#(status)}"#
        try server.faults("/x.conda", fault, fault, fault, fault)
        let message = errorText { _ = try harness.fetch(server.url("/x.conda")) }
        #expect(message.contains("could not download package") && message.contains("HTTP status"))
        #expect(message.contains("(\(status) ") && message.contains("for url (\(server.url("/x.conda")))"))
        #expect(try server.log().requests.count == tries)
    }

    @Test("a cut connection is an error in the end and leaves nothing in the cache [network 93]")
    func cut() throws {
        harness.settings.tries = 2
        harness.settings.cacheDirectory = directory("cache")
        _ = try server.file("/a.conda", size: 50_000)
        let fault = #"{"kind": "reset", "at": 0}"#
        try server.faults("/a.conda", fault, fault, fault)
        let message = errorText {
            _ = try harness.fetch(server.url("/a.conda"), key: "linux-64/a.conda")
        }
        #expect(message.contains("error sending request for url"))
        let left = try Sys.exists(directory("cache/linux-64")) ? Sys.list(directory("cache/linux-64")) : []
        #expect(left.isEmpty)
    }

    @Test("gzip nobody asked for is never decoded [network 94]")
    func gzip() throws {
        let file = try server.file("/a.conda", size: 5000)
        let fault = #"{"kind": "gzip"}"#
        try server.faults("/a.conda", fault, fault)
        let message = errorText { _ = try harness.fetch(server.url("/a.conda"), sha256: file.sha256) }
        #expect(message.contains("checksum mismatch") && message.contains("Content-Encoding: gzip"))
        try server.faults("/a.conda", fault)
        let sink = try harness.fetch(server.url("/a.conda")).sink
        #expect(sink.bytes.starts(with: [0x1F, 0x8B]))
    }

    @Test(
        "every transient fault is survived",
        arguments: [
            #"{"kind": "status", "code": 500}"#, #"{"kind": "status", "code": 503, "retry_after": 0}"#,
            #"{"kind": "status", "code": 429}"#, #"{"kind": "status", "code": 408}"#, #"{"kind": "close"}"#,
            #"{"kind": "reset", "at": 0}"#, #"{"kind": "reset", "at": 70000}"#, #"{"kind": "truncate", "at": 123457}"#,
            #"{"kind": "stall", "at": 1000, "seconds": 60}"#, #"{"kind": "wrong"}"#, #"{"kind": "short"}"#,
            #"{"kind": "no-length", "at": 5000}"#, #"{"kind": "garbage"}"#, #"{"kind": "long"}"#,
            #"{"kind": "understated"}"#,
        ])
    func transient(fault: String) throws {
        let file = try server.file("/a.conda", size: 200_000)
        try server.faults("/a.conda", fault)
        let (_, sink) = try harness.fetch(server.url("/a.conda"), sha256: file.sha256, size: file.size)
        #expect(sink.sha256 == file.sha256 && sink.isWhole)
        #expect(try server.log().requests.count == 2)
    }

    @Test("a broken download goes on where it ended")
    func resume() throws {
        let file = try server.file("/a.conda", size: 400_000)
        try server.faults("/a.conda", #"{"kind": "truncate", "at": 150000}"#, #"{"kind": "truncate", "at": 300000}"#)
        let (_, sink) = try harness.fetch(server.url("/a.conda"), sha256: file.sha256)
        #expect(sink.sha256 == file.sha256 && sink.isWhole && sink.restarts == 0)
        let requests = try server.log().requests
        #expect(requests.map { $0.headers["range"] } == [nil, "bytes=150000-", "bytes=300000-"])
        #expect(requests.last?.headers["if-range"]?.hasPrefix("\"") == true)
    }

    @Test(
        "a server without ranges, or with wrong ones, makes the file begin again",
        arguments: ["no-range", "bad-range"])
    func rangeRefused(kind: String) throws {
        let file = try server.file("/a.conda", size: 400_000)
        try server.faults("/a.conda", #"{"kind": "truncate", "at": 150000}"#, #"{"kind": "\#(kind)"}"#)
        let (_, sink) = try harness.fetch(server.url("/a.conda"), sha256: file.sha256)
        #expect(sink.sha256 == file.sha256 && sink.isWhole && sink.restarts == 1)
    }

    @Test("a file that changes between two tries begins again")
    func changed() throws {
        _ = try server.file("/a.conda", size: 400_000, seed: 1)
        try server.faults("/a.conda", #"{"kind": "truncate", "at": 150000}"#, #"{"kind": "status", "code": 500}"#)
        harness.settings.backoffSeconds = 0.4
        let url = server.url("/a.conda")
        let changing = server
        let thread = startThread {
            // Between the first try and the third.
            while ((try? changing.log().requests.count) ?? 9) < 2 {}
            _ = try? changing.file("/a.conda", size: 300_000, seed: 2)
        }
        let joined = try #require(thread)
        defer { pthread_join(joined, nil) }
        let (_, sink) = try harness.fetch(url)
        #expect(sink.bytes.count == 300_000 && sink.isWhole && sink.restarts == 1)
    }

    @Test("Retry-After is honoured")
    func retryAfter() throws {
        _ = try server.file("/a.conda", size: 10)
        try server.faults("/a.conda", #"{"kind": "status", "code": 503, "retry_after": 1}"#)
        let clock = ContinuousClock()
        let time = try clock.measure { _ = try harness.fetch(server.url("/a.conda")) }
        #expect(time > .milliseconds(950))
    }

    @Test("a slow drip is no stall")
    func drip() throws {
        let file = try server.file("/a.conda", size: 3000)
        try server.faults("/a.conda", #"{"kind": "drip", "bytes": 100, "pause": 0.12}"#)
        let sink = try harness.fetch(server.url("/a.conda"), sha256: file.sha256).sink
        #expect(sink.isWhole)
        #expect(try server.log().requests.count == 1)
    }

    @Test("a sink that fails ends the fetch at once")
    func sinkFails() throws {
        _ = try server.file("/a.conda", size: 100_000)
        let message = errorText {
            _ = try harness.fetch(server.url("/a.conda"), sink: MemorySink(failsAt: 5000))
        }
        #expect(message.contains("could not write 'a.conda': no space left on device"))
        #expect(try server.log().requests.count == 1)
    }

    @Test("all files that failed are named, the others are finished and cached")
    func allFailures() throws {
        harness.settings.cacheDirectory = directory("cache")
        let good = try server.file("/good-1-0.conda", size: 1000)
        var requests: [FetchRequest] = []
        for (id, name) in ["bad-1-0", "good-1-0", "worse-1-0"].enumerated() {
            requests.append(
                try Harness.request(
                    id, server.url("/\(name).conda"), sha256: good.sha256, key: "noarch/\(name).conda",
                    sink: MemorySink()))
        }
        let message = errorText { _ = try harness.fetch(requests) }
        #expect(message.contains("could not download 2 packages"))
        #expect(message.contains("bad-1-0.conda: HTTP status client error (404 Not Found)"))
        #expect(message.contains("worse-1-0.conda: HTTP status client error (404 Not Found)"))
        #expect(try SHA256Hasher.hash(directory.read("cache/noarch/good-1-0.conda")).hex == good.sha256)
    }

    @Test("no more downloads at once than allowed [network 115]", arguments: [5, 1, 0])
    func concurrency(limit: Int) throws {
        harness.settings.concurrency = limit
        var requests: [FetchRequest] = []
        for id in 0..<60 {
            _ = try server.file("/f\(id)", size: 100)
            try server.faults("/f\(id)", #"{"kind": "sleep", "seconds": 0.05}"#)
            requests.append(try Harness.request(id, server.url("/f\(id)"), sink: MemorySink()))
        }
        _ = try harness.fetch(requests)
        let most = try server.log().most
        #expect(limit == 0 ? most > 5 : most <= limit && most > limit / 2)
    }

    @Test("redirects are followed up to ten times")
    func redirects() throws {
        let file = try server.file("/end", size: 1000)
        for step in 0..<10 {
            try server.faults("/\(step)", #"{"kind": "redirect", "to": "\#(step == 9 ? "/end" : "/\(step + 1)")"}"#)
        }
        #expect(try harness.fetch(server.url("/0"), sha256: file.sha256).sink.isWhole)
        let again = Array(repeating: #"{"kind": "redirect", "to": "/loop"}"#, count: 20)
        try server.faults("/loop", again.joined(separator: ","))
        #expect(errorText { _ = try harness.fetch(server.url("/loop")) }.contains("too many redirects"))
        try server.faults("/file", #"{"kind": "redirect", "to": "file:///etc/passwd"}"#)
        #expect(errorText { _ = try harness.fetch(server.url("/file")) }.contains("is not HTTP"))
    }

    @Test("a server nobody answers at is not tried for ever")
    func unreachable() throws {
        var requests: [FetchRequest] = []
        for id in 0..<40 { requests.append(try Harness.request(id, "http://127.0.0.1:1/f\(id)", sink: MemorySink())) }
        let message = errorText { _ = try harness.fetch(requests) }
        #expect(message.contains("could not download 40 packages"))
        #expect(message.contains("http://127.0.0.1:1/f39"))
    }

    @Test("a server that sends more than the lock file says is cut off")
    func tooLong() throws {
        let file = try server.file("/a.conda", size: 3_000_000)
        for fault in ["{}", #"{"kind": "drip", "bytes": 65536, "pause": 0}"#] {
            try server.faults("/a.conda", fault)
            let sink = MemorySink()
            let message = errorText {
                _ = try harness.fetch(server.url("/a.conda"), sha256: file.sha256, size: 1000, sink: sink)
            }
            #expect(message.contains("the server sends more than the 1000 bytes the file may have"), "\(message)")
            #expect(sink.bytes.count <= 1000)
        }
    }

    @Test("where nobody says how large a file is, it ends where the room does, before the disk is full")
    func noRoom() throws {
        _ = try server.file("/a.whl", size: 3_000_000)
        for (fault, words) in [
            ("{}", "it has 2.86 MiB, and there is room for 976.56 KiB"),
            (#"{"kind": "no-length"}"#, "it has more, and there is room for 976.56 KiB"),
        ] {
            try server.faults("/a.whl", fault)
            let sink = MemorySink(freeSpace: 1_000_000)
            let message = errorText { _ = try harness.fetch(server.url("/a.whl"), sink: sink) }
            #expect(message.contains(words), "\(message)")
            #expect(sink.bytes.count <= 1_000_000)
        }
        // A size that is known was asked about before.
        let sink = MemorySink(freeSpace: 1000)
        _ = try harness.fetch(server.url("/a.whl"), size: 3_000_000, sink: sink)
        #expect(sink.bytes.count == 3_000_000)
    }

    @Test("a server that promises more than anything may have without a size is refused at its head")
    func farTooLong() throws {
        _ = try server.file("/a.whl", size: 1000)
        let huge = #"{"kind": "overstated", "length": 99999999999999}"#
        try server.faults("/a.whl", huge, huge)
        let sink = MemorySink()
        let message = errorText { _ = try harness.fetch(server.url("/a.whl"), sink: sink) }
        #expect(message.contains("the server sends more than the 68719476736 bytes the file may have"), "\(message)")
        #expect(sink.bytes.isEmpty)
    }

    @Test("a byte now and then is no download")
    func tooSlow() throws {
        let file = try server.file("/a.conda", size: 1000)
        let drip = #"{"kind": "drip", "bytes": 1, "pause": 0.2}"#
        try server.faults("/a.conda", drip, drip)
        harness.settings.tries = 2
        let message = errorText {
            _ = try harness.fetch(server.url("/a.conda"), sha256: file.sha256, size: file.size)
        }
        #expect(message.contains("too slow") || message.contains("imeout"), "\(message)")
    }
}
