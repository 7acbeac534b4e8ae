import CondaModel
import Support
import TestKit
import Testing

@testable import Fetch

#if canImport(Glibc)
import Glibc
#endif

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
    private func startSquid(in directory: TemporaryDirectory) throws -> (server: ServerProcess, port: Int) {
        let port = 21000 + Int(getpid()) % 20000
        let passwords = directory("passwords")
        try shell("printf 'me:%s\\n' \"$(openssl passwd -apr1 secret)\" > \(passwords); chmod 644 \(passwords)")
        let configuration = try directory.write(
            "squid.conf",
            """
            http_port 127.0.0.1:\(port)
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
        return (server, port)
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
        let (squid, port) = try startSquid(in: directory)
        func message(_ proxy: String, _ url: String) -> String {
            var harness = Harness(environment: [
                "https_proxy": proxy, "http_proxy": proxy, "SSL_CERT_FILE": pair.certificate.lossyString,
            ])
            // Waiting for another try would take long enough to be seen.
            harness.settings.backoffSeconds = 30
            return Harness.message { _ = try harness.fetch(url) }
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
        "a SOCKS proxy that refuses the login is named and not asked twice",
        .enabled(if: TestServers.microsocks != nil, "microsocks is not installed (apt-get install microsocks)"))
    func socks() throws {
        let server = try FaultServer()
        _ = try server.file("/a.conda", size: 10)
        let port = 22000 + Int(getpid()) % 20000
        let proxy = try ServerProcess([
            "sh", "-c", "exec microsocks -i 127.0.0.1 -p \(port) -u me -P secret >/dev/null 2>&1",
        ])
        try shell(until("curl -sf -x socks5h://me:secret@127.0.0.1:\(port) \(server.url("/a.conda"))"))
        func message(_ login: String) -> String {
            var harness = Harness(environment: ["all_proxy": "socks5h://\(login)127.0.0.1:\(port)"])
            harness.settings.backoffSeconds = 30
            return Harness.message { _ = try harness.fetch(server.url("/a.conda")) }
        }
        #expect(message("me:secret@") == "(no error)")
        let wrong = message("me:bad@")
        #expect(wrong.contains("refuses the name and password given") && wrong.contains("(from all_proxy)"), "\(wrong)")
        let missing = message("")
        #expect(missing.contains("wants a name and password"), "\(missing)")
        withExtendedLifetime(proxy) {}
    }
}
