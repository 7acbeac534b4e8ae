import CondaModel
import Fetch
import Support
import TestKit
import Testing

@Suite("Servers that do not answer, and slow connections")
struct SilentServerTests {
    /// A server of `silent_server.py` and its port.
    private static func silent(_ kind: String) throws -> (server: ServerProcess, port: Int) {
        let server = try ServerProcess(script: "silent_server.py", [kind])
        return (server, try Int(server.readLine().split(separator: " ").last ?? "") ?? 0)
    }

    private static func requests(_ count: Int, _ url: (Int) -> String) throws -> [FetchRequest] {
        try (0..<count).map { try Harness.request($0, url($0), sink: MemorySink()) }
    }

    @Test(
        "14 packages of a server that does not answer fail after its tries, not after those of each",
        arguments: ["full", "mute"])
    func unreachable(kind: String) throws {
        let (server, port) = try Self.silent(kind)
        var harness = Harness()
        (harness.settings.tries, harness.settings.stallSeconds) = (2, 1)
        let requests = try Self.requests(14) { "http://127.0.0.1:\(port)/p\($0).conda" }
        let settled = harness
        var message = ""
        let time = ContinuousClock().measure { message = errorText { _ = try settled.fetch(requests) } }
        #expect(message.contains("could not download 14 packages") && message.contains("p13.conda (2 tries)"))
        // A time-out of libcurl may come a second late.
        #expect(time < .seconds(8), "\(time)")
        let notes = harness.reporter.all.split(separator: "\n").filter { $0.contains("does not answer") }
        #expect(
            notes.count == 1
                && notes.allSatisfy { $0.contains("http://127.0.0.1:\(port)") && $0.contains("try 2 of 2") })
        withExtendedLifetime(server) {}
    }

    @Test("a mirror that gives no byte is left after two seconds for one that does")
    func slowMirror() throws {
        let (server, port) = try Self.silent("mute")
        let good = try FaultServer()
        for id in 0..<8 { _ = try good.file("/p\(id).conda", size: 1000, seed: id) }
        var harness = Harness()
        harness.settings.stallSeconds = 30
        harness.settings.configuration.mirrors[try WebURL("https://nowhere.invalid/")] = Sourced(
            [try WebURL("http://127.0.0.1:\(port)/"), try WebURL(good.url("/"))], origin: "test")
        let requests = try Self.requests(8) { "https://nowhere.invalid/p\($0).conda" }
        let settled = harness
        var count = 0
        let time = try ContinuousClock().measure { count = try settled.fetch(requests).count }
        #expect(count == 8)
        #expect(time < .seconds(10), "\(time)")
        withExtendedLifetime(server) {}
    }

    @Test(
        "files over slow connections come at the same time, whatever the protocol",
        arguments: [false, true])
    func parallel(isSecure: Bool) throws {
        let directory = try TemporaryDirectory()
        var harness = Harness()
        var pair: (certificate: ByteString, key: ByteString)?
        if isSecure {
            let made = try TestServers.certificate(in: directory)
            pair = made
            harness = Harness(environment: ["SSL_CERT_FILE": made.certificate.lossyString])
        }
        harness.settings.stallSeconds = 20
        let server = try FaultServer(tls: pair)
        for id in 0..<8 {
            _ = try server.file("/p\(id).conda", size: 100_000, seed: id)
            try server.faults("/p\(id).conda", #"{"kind": "drip", "bytes": 10000, "pause": 0.15}"#)
        }
        let requests = try Self.requests(8) { server.url("/p\($0).conda") }
        let settled = harness
        var count = 0
        let time = try ContinuousClock().measure { count = try settled.fetch(requests).count }
        #expect(count == 8)
        // One after the other they take twelve seconds.
        #expect(time < .seconds(6), "\(time)")
    }
}
