import CondaModel
import Fetch
import Support
import TestKit
import Testing

@Suite("Mirrors")
final class MirrorTests: ServedSuite {
    let other: FaultServer

    override init() throws {
        other = try FaultServer()
        try super.init()
    }

    private func mirror(_ prefix: String, _ mirrors: [String]) throws {
        harness.settings.configuration.mirrors[try WebURL(prefix)] = Sourced(
            try mirrors.map { try WebURL($0) }, origin: "test")
    }

    @Test("a prefix without a slash does not catch its siblings [network 95]")
    func sibling() throws {
        _ = try server.file("/m/a.conda", size: 10)
        _ = try server.file("/cc/a.conda", size: 20)
        try mirror(server.url("/c"), [server.url("/m")])
        #expect(try harness.fetch(server.url("/cc/a.conda")).result?.size == 20)
        #expect(try harness.fetch(server.url("/c/a.conda")).result?.size == 10)
    }

    @Test("the longest prefix wins [network 96]")
    func longest() throws {
        _ = try server.file("/short/d/a.conda", size: 10)
        _ = try server.file("/long/a.conda", size: 20)
        try mirror("https://nowhere.invalid/c", [server.url("/short")])
        try mirror("https://nowhere.invalid/c/d", [server.url("/long")])
        #expect(try harness.fetch("https://nowhere.invalid/c/d/a.conda").result?.size == 20)
    }

    @Test("after a 500 the second mirror is preferred, after a 404 it is not [network 97]")
    func failures() throws {
        for target in [server, other] {
            _ = try target.file("/a.conda", size: 10)
            _ = try target.file("/b.conda", size: 10)
        }
        try mirror("https://nowhere.invalid/", [server.url("/"), other.url("/")])
        harness.settings.concurrency = 1
        try server.faults("/a.conda", #"{"kind": "status", "code": 500}"#)
        let requests = try ["a", "b"].enumerated().map {
            try Harness.request($0.offset, "https://nowhere.invalid/\($0.element).conda", sink: MemorySink())
        }
        _ = try harness.fetch(requests)
        #expect(try server.log().requests.map(\.path) == ["/a.conda"])
        #expect(try Set(other.log().requests.map(\.path)) == ["/a.conda", "/b.conda"])
        try server.clearLog()
        try other.clearLog()
        try server.faults("/a.conda", #"{"kind": "status", "code": 404}"#)
        _ = try harness.fetch(requests)
        #expect(try server.log().requests.map(\.path) == ["/a.conda", "/b.conda"])
        #expect(try other.log().requests.map(\.path) == ["/a.conda"])
    }

    @Test("a prefix without mirrors leads nowhere [network 98]")
    func empty() throws {
        _ = try server.file("/a.conda", size: 10)
        try mirror(server.url("/"), [])
        let message = errorText { _ = try harness.fetch(server.url("/a.conda")) }
        #expect(message.contains("404 Not Found") && message.contains("All mirrors are dead"))
        #expect(try server.log().requests.isEmpty)
    }

    @Test(
        "a request goes on to the next mirror",
        arguments: [
            #"{"kind": "status", "code": 404}"#, #"{"kind": "status", "code": 502}"#, #"{"kind": "close"}"#,
            #"{"kind": "wrong"}"#, #"{"kind": "reset", "at": 500}"#,
        ])
    func failOver(fault: String) throws {
        let file = try server.file("/a.conda", size: 1000)
        _ = try other.file("/x/a.conda", size: 1000)
        try mirror("https://nowhere.invalid/", ["http://127.0.0.1:1", server.url("/"), other.url("/x")])
        try server.faults("/a.conda", fault)
        let sink = try harness.fetch("https://nowhere.invalid/a.conda", sha256: file.sha256).sink
        #expect(sink.sha256 == file.sha256 && sink.isWhole)
        #expect(try other.log().requests.count == 1)
    }

    @Test("nobody but the mirrors is asked, and the last error is told")
    func onlyMirrors() throws {
        _ = try server.file("/c/a.conda", size: 10)
        try mirror(server.url("/c"), [other.url("/x"), other.url("/y")])
        let message = errorText { _ = try harness.fetch(server.url("/c/a.conda")) }
        #expect(message.contains("404 Not Found"))
        #expect(try server.log().requests.isEmpty)
        #expect(try other.log().requests.map(\.path) == ["/x/a.conda", "/y/a.conda"])
    }

    @Test("queries and encodings pass unchanged")
    func encodings() throws {
        _ = try other.file("/x/d/a%2Bb.conda?v=1%202", size: 10)
        try mirror(server.url("/c"), [other.url("/x/")])
        #expect(try harness.fetch(server.url("/c/d/a%2Bb.conda?v=1%202")).result?.size == 10)
    }

    @Test("the mirror's credentials are used, not those of the original [network 99]")
    func credentials() throws {
        _ = try other.file("/a.conda", size: 10)
        harness.settings.authFile = try directory.write(
            "auth.json", #"{"nowhere.invalid": {"BearerToken": "wrong"}, "127.0.0.1": {"BearerToken": "right"}}"#)
        try mirror("https://nowhere.invalid/", [other.url("/")])
        _ = try harness.fetch("https://nowhere.invalid/a.conda")
        #expect(try other.log().requests.first?.headers["authorization"] == "Bearer right")
    }
}
