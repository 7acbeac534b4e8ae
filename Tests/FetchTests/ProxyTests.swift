import CondaModel
import LibC
import Support
import TestKit
import Testing

@testable import Fetch

@Suite("Proxies")
struct ProxyTests {
    @Test(
        "entries of no_proxy match as curl and the original read them",
        arguments: [
            ("*", "a.org", 443, true), ("a.org", "a.org", 443, true), ("a.org", "b.a.org", 443, true),
            ("a.org", "ba.org", 443, false), (".a.org", "a.org", 443, true), ("*.a.org", "b.a.org", 80, true),
            ("A.Org.", "a.org", 80, true), ("a.org:8080", "a.org", 8080, true), ("a.org:8080", "a.org", 443, false),
            ("10.0.0.0/8", "10.1.2.3", 80, true), ("10.0.0.0/8", "11.1.2.3", 80, false),
            ("192.168.1.64/26", "192.168.1.127", 80, true), ("192.168.1.64/26", "192.168.1.128", 80, false),
            ("127.0.0.1", "127.0.0.1", 80, true), ("127.0.0.1:81", "127.0.0.1", 80, false),
            ("::1", "[::1]", 80, true), ("[::1]:81", "[::1]", 81, true), ("[::1]:81", "[::1]", 80, false),
            ("fd00::/8", "[fd12::1]", 80, true), ("fd00::/8", "[fe80::1]", 80, false),
            ("0.0.0.0/0", "[::1]", 80, false),
            ("10.0.0.0/33", "10.0.0.0", 80, false),
        ])
    func exceptions(entry: String, host: String, port: Int, isException: Bool) {
        #expect((ProxyException(entry)?.matches(host: host, port: port) ?? false) == isException)
    }

    private func shell(_ script: String) throws {
        let ending = try ExternalProgram(path: "/bin/sh").run(["-c", ByteString(script)])
        if !ending.isSuccess { throw Failure("the shell failed: \(ending.output)") }
    }

    /// A script that tries a command for ten seconds.
    private func until(_ command: String) -> String {
        "for i in $(seq 100); do \(command) && exit 0; sleep 0.1; done; exit 1"
    }

    /// A squid that wants the login `me`/`secret` and forbids the host `localhost`, and what answers behind it.
    /// With a certificate it listens on the next port, too, there with TLS.
    private func startSquid(
        in directory: TemporaryDirectory, port: Int, pair: (certificate: ByteString, key: ByteString)? = nil
    ) throws -> ServerProcess {
        let secure =
            pair.map { "https_port 127.0.0.1:\(port + 1) tls-cert=\($0.certificate) tls-key=\($0.key)" } ?? ""
        let passwords = directory("passwords")
        try shell("printf 'me:%s\\n' \"$(openssl passwd -apr1 secret)\" > \(passwords); chmod 644 \(passwords)")
        let configuration = try directory.write(
            "squid.conf",
            """
            http_port 127.0.0.1:\(port)
            \(secure)
            pid_filename none
            cache deny all
            access_log none
            cache_log /dev/null
            coredump_dir \(directory("."))
            auth_param basic program /usr/lib/squid/basic_ncsa_auth \(passwords)
            acl known proxy_auth REQUIRED
            acl forbidden dstdomain localhost
            http_access deny !known
            http_access deny forbidden
            http_access allow all
            shutdown_lifetime 0 seconds

            """)
        try shell("chmod -R a+rX \(directory("."))")
        let server = try ServerProcess(["sh", "-c", "exec /usr/sbin/squid -N -f \(configuration) >/dev/null 2>&1"])
        try shell(until("curl -s -o /dev/null http://127.0.0.1:\(port)/"))
        return server
    }

    /// What a fetch of `url` says with `variables`.
    private func message(_ url: String, _ variables: [String: String], tries: Int? = nil) -> String {
        var harness = Harness(environment: variables)
        // Waiting for another try would take long enough to be seen.
        harness.settings.backoffSeconds = tries == nil ? 30 : 0.01
        harness.settings.tries = tries ?? 5
        return errorText { _ = try harness.fetch(url) }
    }

    @Test(
        "a proxy that wants a login, or forbids the server, is named with its setting and not asked twice",
        .enabled(if: TestServers.squid != nil, "squid is not installed (apt-get install squid)"))
    func squid() throws {
        let directory = try TemporaryDirectory()
        let pair = try TestServers.certificate(in: directory)
        let secure = try FaultServer(tls: pair)
        let plain = try FaultServer()
        for server in [secure, plain] { _ = try server.file("/a.conda", size: 10) }
        let port = try FreePorts.take()
        let squid = try startSquid(in: directory, port: port)
        func message(_ proxy: String, _ url: String) -> String {
            var harness = Harness(environment: [
                "https_proxy": proxy, "http_proxy": proxy, "SSL_CERT_FILE": pair.certificate.lossyString,
            ])
            // Waiting for another try would take long enough to be seen.
            harness.settings.backoffSeconds = 30
            return errorText { _ = try harness.fetch(url) }
        }
        let address = "127.0.0.1:\(port)"
        for url in [secure.url("/a.conda"), plain.url("/a.conda")] {
            let missing = message("http://\(address)", url)
            #expect(
                missing.contains("the proxy http://\(address)") && missing.contains("wants a name and password"),
                "\(missing)")
            #expect(missing.contains(url.hasPrefix("https") ? "(from https_proxy)" : "(from http_proxy)"))
            let wrong = message("http://me:wr%20ong@\(address)", url)
            #expect(wrong.contains("refuses the name and password given") && !wrong.contains("ong@"), "\(wrong)")
            #expect(message("http://me:secret@\(address)", url) == "(no error)")
        }
        let forbidden = message("http://me:secret@\(address)", "https://localhost:\(secure.port)/a.conda")
        #expect(forbidden.contains("does not let the request through (403 Forbidden)"), "\(forbidden)")
        #expect(forbidden.contains("no_proxy") && !forbidden.contains("secret"))
        withExtendedLifetime(squid) {}
    }

    @Test(
        "a proxy that is spoken to with TLS: its login and its certificate are its own",
        .enabled(if: TestServers.squid != nil, "squid is not installed (apt-get install squid)"))
    func secureSquid() throws {
        let directory = try TemporaryDirectory()
        let pair = try TestServers.certificate(in: directory, names: "IP:127.0.0.1")
        let plain = try FaultServer()
        let secure = try FaultServer(tls: pair)
        for server in [secure, plain] { _ = try server.file("/a.conda", size: 10) }
        let port = try FreePorts.take(2)
        let squid = try startSquid(in: directory, port: port, pair: pair)
        let trust = pair.certificate.lossyString
        func message(_ proxy: String, _ url: String, trust: String?) -> String {
            var variables = ["https_proxy": proxy, "http_proxy": proxy]
            if let trust { variables["SSL_CERT_FILE"] = trust }
            return self.message(url, variables)
        }
        for url in [secure.url("/a.conda"), plain.url("/a.conda")] {
            #expect(message("https://me:secret@127.0.0.1:\(port + 1)", url, trust: trust) == "(no error)")
            let wrong = message("https://me:bad@127.0.0.1:\(port + 1)", url, trust: trust)
            #expect(wrong.contains("refuses the name and password given"), "\(wrong)")
            let title = "the proxy https://***@localhost:\(port + 1) (from http"
            let host = message("https://me:secret@localhost:\(port + 1)", url, trust: trust)
            #expect(host.contains(title) && host.contains("certificate is for 127.0.0.1, not for localhost"), "\(host)")
            let stranger = message("https://me:secret@localhost:\(port + 1)", url, trust: nil)
            #expect(stranger.contains(title) && stranger.contains("certificate is not trusted"), "\(stranger)")
            let unlike = message("https://me:secret@127.0.0.1:\(port)", url, trust: trust)
            #expect(unlike.contains("does not speak TLS") && unlike.contains("write http:// for https://"), "\(unlike)")
            #expect(!unlike.contains("secret"))
        }
        let tunnel = self.message(
            secure.url("/a.conda"), ["https_proxy": "http://me:secret@127.0.0.1:\(port + 1)"], tries: 2)
        #expect(tunnel.contains("gave no answer") && tunnel.contains("write https:// for http://"), "\(tunnel)")
        let nowhere = self.message(
            "https://nowhere.invalid/a.conda", ["https_proxy": "http://me:secret@127.0.0.1:\(port)"], tries: 2)
        #expect(
            nowhere.contains(
                "the proxy http://***@127.0.0.1:\(port) (from https_proxy) could not reach the server (50"),
            "\(nowhere)")
        withExtendedLifetime(squid) {}
    }

    @Test("a proxy that is not there is named with its setting, not taken for the server")
    func missing() throws {
        let url = "https://server.invalid/a.conda"
        for (proxy, words) in [
            ("http://127.0.0.1:1", "cannot be reached: "), ("127.0.0.1:1", "cannot be reached: "),
            ("socks5h://127.0.0.1:1", "cannot be reached: "), ("http://proxy.invalid:80", "cannot be found"),
        ] {
            var harness = Harness(environment: ["all_proxy": proxy])
            harness.settings.tries = 2
            let settled = harness
            let text = errorText { _ = try settled.fetch(url) }
            let shown = proxy.contains("://") ? proxy : "http://" + proxy
            #expect(text.contains("the proxy \(shown) (from all_proxy) \(words)"), "\(text)")
            #expect(text.contains("Check all_proxy"))
            #expect(settled.reporter.all.contains("For https://server.invalid: the proxy \(shown)"))
        }
    }

    @Test(
        "what is no proxy's URL is refused at once, its password not shown",
        arguments: ["socks9://h:1", "http://[::1", "http://me:se#cret@h:80", "me:secret@", "ftp://h"])
    func malformed(proxy: String) throws {
        let text = message("https://server.invalid/a.conda", ["https_proxy": proxy])
        #expect(text.contains("(from https_proxy) is not the URL of a proxy"), "\(text)")
        #expect(!text.contains("se#") && !text.contains("secret") && !text.contains("me:"), "\(text)")
        // Who needs none is not held up.
        let server = try FaultServer()
        _ = try server.file("/a.conda", size: 10)
        #expect(message(server.url("/a.conda"), ["https_proxy": proxy, "no_proxy": "127.0.0.1"]) == "(no error)")
    }

    @Test("a login without a scheme in front counts, and is not shown")
    func schemeless() throws {
        let proxy = Proxies.Proxy("me:secret@127.0.0.1:80", setting: "https_proxy")
        #expect(proxy.hasLogin && proxy.title == "the proxy http://***@127.0.0.1:80 (from https_proxy)")
    }

    @Test(
        "a SOCKS proxy that refuses the login is named and not asked twice",
        .enabled(if: TestServers.microsocks != nil, "microsocks is not installed (apt-get install microsocks)"))
    func socks() throws {
        let server = try FaultServer()
        _ = try server.file("/a.conda", size: 10)
        let port = try FreePorts.take()
        let proxy = try ServerProcess([
            "sh", "-c", "exec microsocks -i 127.0.0.1 -p \(port) -u me -P secret >/dev/null 2>&1",
        ])
        try shell(until("curl -sf -x socks5h://me:secret@127.0.0.1:\(port) \(server.url("/a.conda"))"))
        func message(_ login: String) -> String {
            var harness = Harness(environment: ["all_proxy": "socks5h://\(login)127.0.0.1:\(port)"])
            harness.settings.backoffSeconds = 30
            return errorText { _ = try harness.fetch(server.url("/a.conda")) }
        }
        #expect(message("me:secret@") == "(no error)")
        let wrong = message("me:bad@")
        #expect(wrong.contains("refuses the name and password given") && wrong.contains("(from all_proxy)"), "\(wrong)")
        let missing = message("")
        #expect(missing.contains("wants a name and password"), "\(missing)")
        let closed = self.message(
            "http://127.0.0.1:1/a.conda", ["all_proxy": "socks5h://me:secret@127.0.0.1:\(port)"], tries: 2)
        #expect(
            closed.contains("(from all_proxy) could not connect to the server: connection refused"), "\(closed)")
        withExtendedLifetime(proxy) {}
    }
}
