import CondaModel
import Fetch
import LibC
import Support
import TestKit
import Testing

@Suite("TLS, proxies, HTTP/2, limits")
struct ConnectionTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func certificate() throws -> (certificate: ByteString, key: ByteString) {
        try TestServers.certificate(in: directory)
    }

    @Test(
        "an authority of one's own is trusted by SSL_CERT_FILE, a stranger is not, unless nobody is to be checked",
        .enabled(if: TestServers.openssl != nil, "openssl is not installed"))
    func tls() throws {
        let pair = try certificate()
        let server = try FaultServer(tls: pair)
        _ = try server.file("/a.conda", size: 10)
        let trusting = Harness(environment: ["SSL_CERT_FILE": pair.certificate.lossyString])
        #expect(try trusting.fetch(server.url("/a.conda")).result?.size == 10)
        var careful = Harness()
        let message = errorText { _ = try careful.fetch(server.url("/a.conda")) }
        #expect(message.contains("error sending request for url") && message.contains("SSL"))
        careful.settings.configuration.tlsNoVerify = Sourced(true, origin: "test")
        #expect(try careful.fetch(server.url("/a.conda")).result?.size == 10)
    }

    @Test("proxies of environment and configuration, and their exceptions [network 116]")
    func proxies() throws {
        let (server, proxy) = (try FaultServer(), try FaultServer())
        for target in [server, proxy] { _ = try target.file("/a.conda", size: target.port == server.port ? 10 : 20) }
        func size(_ variables: [String: String], _ configuration: Configuration = Configuration()) throws -> Int64? {
            var harness = Harness(environment: variables)
            harness.settings.configuration = configuration
            return try harness.fetch(server.url("/a.conda")).result?.size
        }
        let own = "http://me:p%40ss@127.0.0.1:\(proxy.port)"
        #expect(try size([:]) == 10)
        #expect(try size(["http_proxy": own]) == 20)
        let request = try #require(try proxy.log().requests.first)
        #expect(request.path == server.url("/a.conda"))
        #expect(request.headers["proxy-authorization"] == "Basic bWU6cEBzcw==")
        #expect(try size(["HTTP_PROXY": own]) == 20)
        #expect(try size(["HTTP_PROXY": own, "REQUEST_METHOD": "GET"]) == 10)
        #expect(try size(["ALL_PROXY": own]) == 20)
        #expect(try size(["https_proxy": own]) == 10)
        for exception in ["*", "127.0.0.1", "x.org, 127.0.0.0/8", "127.0.0.1,"] {
            #expect(try size(["http_proxy": own, "no_proxy": exception]) == 10)
        }
        #expect(try size(["http_proxy": own, "NO_PROXY": "example.org,10.0.0.0/8"]) == 20)
        var configuration = Configuration()
        configuration.httpProxy = Sourced(try WebURL(own), origin: "test")
        #expect(try size([:], configuration) == 20)
        configuration.nonProxyHosts = Sourced(["127.0.0.1"], origin: "test")
        #expect(try size([:], configuration) == 10)
    }

    @Test(
        "https goes through a proxy's tunnel",
        .enabled(if: TestServers.openssl != nil, "openssl is not installed"))
    func connect() throws {
        let pair = try certificate()
        let server = try FaultServer(tls: pair)
        let proxy = try FaultServer(tunnelTo: server.port)
        _ = try server.file("/a.conda", size: 10)
        let harness = Harness(environment: [
            "SSL_CERT_FILE": pair.certificate.lossyString, "https_proxy": "http://127.0.0.1:\(proxy.port)",
        ])
        #expect(try harness.fetch("https://localhost:\(server.port)/a.conda").result?.size == 10)
        #expect(try proxy.log().requests.map(\.path) == ["localhost:\(server.port)"])
    }

    @Test(
        "a new connection goes on with the TLS session of an old one",
        .enabled(if: TestServers.nginx != nil, "nginx is not installed (apt-get install nginx-light)"))
    func sessions() throws {
        let pair = try certificate()
        let port = try FreePorts.take()
        let place = directory(".")
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map { "\($0)_temp_path \(place)/\($0);" }.joined(separator: " ")
        let configuration = try directory.write(
            "nginx.conf",
            """
            daemon off; master_process off; pid \(place)/pid; error_log \(place)/errors;
            \(geteuid() == 0 ? "user root;" : "")
            events {}
            http {
                log_format sessions '$ssl_session_reused';
                access_log \(place)/log sessions;
                keepalive_requests 2;
                \(temporary)
                server {
                    listen 127.0.0.1:\(port) ssl;
                    ssl_certificate \(pair.certificate); ssl_certificate_key \(pair.key);
                    ssl_session_cache shared:all:1m;
                    root \(place);
                }
            }
            """)
        for id in 0..<8 { try directory.write("f\(id).conda", "package \(id)") }
        let server = try ServerProcess(["sh", "-c", "exec /usr/sbin/nginx -c \(configuration) 2>/dev/null"])
        var harness = Harness(environment: ["SSL_CERT_FILE": pair.certificate.lossyString])
        (harness.settings.backoffSeconds, harness.settings.concurrency) = (0.5, 1)
        let requests = try (0..<8).map {
            try Harness.request($0, "https://127.0.0.1:\(port)/f\($0).conda", sink: MemorySink())
        }
        #expect(try harness.fetch(requests).count == 8)
        // nginx logs a request after the client has its answer.
        var log: [Substring] = []
        for _ in 0..<1000 where log.count < 8 {
            log = String(decoding: try directory.read("log"), as: UTF8.self).split(separator: "\n")
            if log.count < 8 { usleep(10_000) }
        }
        #expect(log.filter { $0 == "r" }.count == 6 && log.count == 8, "\(log)")
        withExtendedLifetime(server) {}
    }

    @Test(
        "HTTP/2 carries many files",
        .enabled(
            if: TestServers.nghttpd != nil && TestServers.openssl != nil,
            "nghttpd is not installed (apt-get install nghttp2-server)"))
    func http2() throws {
        let pair = try certificate()
        let port = try FreePorts.take()
        var requests: [FetchRequest] = []
        for id in 0..<40 {
            let content = (0..<(id * 5000)).map { UInt8(truncatingIfNeeded: $0 &* 3 &+ id) }
            try directory.write("www/f\(id).conda", content)
            requests.append(
                try Harness.request(
                    id, "https://127.0.0.1:\(port)/f\(id).conda", sha256: SHA256Hasher.hash(content).hex,
                    sink: MemorySink()))
        }
        let server = try ServerProcess([
            "sh", "-c",
            "exec nghttpd -v -d \(directory("www")) \(port) \(pair.key) \(pair.certificate)"
                + " >\(directory("log")) 2>&1",
        ])
        var harness = Harness(environment: ["SSL_CERT_FILE": pair.certificate.lossyString])
        // The server may still be starting.
        harness.settings.backoffSeconds = 0.5
        #expect(try harness.fetch(requests).count == 40)
        #expect(harness.reporter.all.contains("protocol 3"))
        #expect(!harness.reporter.all.contains("protocol 2"))
        // A far server sends as much as this before it hears from us again.
        let log = String(decoding: try directory.read("log"), as: UTF8.self)
        let windows = log.split(separator: "SETTINGS_INITIAL_WINDOW_SIZE(0x04):").dropFirst()
            .compactMap { Int($0.prefix { $0.isNumber }) }
        let increments = log.split(separator: "recv WINDOW_UPDATE").dropFirst()
            .compactMap { $0.split(separator: "window_size_increment=").dropFirst().first }
            .compactMap { Int($0.prefix { $0.isNumber }) }
        #expect(windows.max() ?? 0 >= 16 << 20 && increments.max() ?? 0 >= 15 << 20)
        withExtendedLifetime(server) {}
    }

    @Test("the rate limit holds for all downloads together")
    func rate() throws {
        let server = try FaultServer()
        var harness = Harness()
        harness.settings.rateLimit = 500_000
        var requests: [FetchRequest] = []
        for id in 0..<4 {
            _ = try server.file("/f\(id)", size: 500_000)
            requests.append(try Harness.request(id, server.url("/f\(id)"), sink: MemorySink()))
        }
        let settled = (harness, requests)
        let time = try ContinuousClock().measure { _ = try settled.0.fetch(settled.1) }
        #expect(time > .milliseconds(2000) && time < .seconds(15), "\(time)")
    }

    @Test("500 packages of which 150 fail once in some way arrive as if nothing had happened")
    func storm() throws {
        let server = try FaultServer()
        let faults = [
            #"{"kind": "status", "code": 500}"#, #"{"kind": "status", "code": 503, "retry_after": 0}"#,
            #"{"kind": "status", "code": 429}"#, #"{"kind": "close"}"#, #"{"kind": "reset", "at": 3000}"#,
            #"{"kind": "truncate", "at": 2500}"#, #"{"kind": "wrong"}"#, #"{"kind": "short"}"#, #"{"kind": "gzip"}"#,
            #"{"kind": "no-length", "at": 100}"#, #"{"kind": "garbage"}"#, #"{"kind": "long"}"#,
            #"{"kind": "understated"}"#, #"{"kind": "status", "code": 408}"#,
        ]
        var requests: [FetchRequest] = []
        var sinks: [MemorySink] = []
        var hashes: [String] = []
        for id in 0..<500 {
            let path = "/c/p\(id).conda"
            let file = try server.file(path, size: 4000 + id * 13, seed: id)
            if id % 10 < 3 { try server.faults(path, faults[id / 3 % faults.count]) }
            let sink = MemorySink()
            sinks.append(sink)
            hashes.append(file.sha256)
            requests.append(
                try Harness.request(id, server.url(path), sha256: file.sha256, size: file.size, sink: sink))
        }
        #expect(try Harness().fetch(requests).count == 500)
        #expect(sinks.map(\.sha256) == hashes)
        #expect(sinks.filter { !$0.isWhole }.isEmpty)
        #expect(try server.log().requests.count == 650)
    }
}
