import CondaModel
import LibC
import Support
import TestKit
import Testing

@testable import Fetch

@Suite("Certificates of servers and of our own", .enabled(if: TestServers.openssl != nil, "openssl is not installed"))
struct CertificateTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// A certificate of `issuer.pem` for a name.
    private func issued(_ name: String, subject: String, days: Int = 2, alternative: String? = nil) throws -> (
        certificate: ByteString, key: ByteString
    ) {
        let (issuer, issuerKey) = (directory("issuer.pem").lossyString, directory("issuer.key").lossyString)
        if !(try Sys.exists(directory("issuer.pem"))) {
            try TestServers.run(
                openssl: "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", issuerKey, "-out", issuer, "-days",
                "2", "-subj", "/CN=Authority of the tests")
        }
        let (request, key) = (directory("\(name).csr").lossyString, directory("\(name).key").lossyString)
        try TestServers.run(
            openssl: "req", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request, "-subj", subject)
        let extensions = try directory.write(
            "\(name).ext", alternative.map { "subjectAltName=\($0)\n" } ?? "basicConstraints=CA:FALSE\n")
        let certificate = directory("\(name).pem")
        try TestServers.run(
            openssl: "x509", "-req", "-in", request, "-CA", issuer, "-CAkey", issuerKey, "-CAcreateserial", "-days",
            "\(days)", "-extfile", extensions.lossyString, "-out", certificate.lossyString)
        return (certificate, ByteString(key))
    }

    private func message(_ pair: (certificate: ByteString, key: ByteString), trusting file: ByteString?) throws
        -> String
    {
        let server = try FaultServer(tls: pair)
        _ = try server.file("/a.conda", size: 10)
        let harness = Harness(environment: file.map { ["SSL_CERT_FILE": $0.lossyString] } ?? [:])
        return errorText { _ = try harness.fetch(server.url("/a.conda")) }
    }

    @Test("expired, for another host, and of an unknown issuer are told apart")
    func reasons() throws {
        let address = "IP:127.0.0.1"
        let good = try issued("good", subject: "/CN=x", alternative: address)
        #expect(try message(good, trusting: directory("issuer.pem")) == "(no error)")
        let expired = try issued("expired", subject: "/CN=x", days: -1, alternative: address)
        let old = try message(expired, trusting: directory("issuer.pem"))
        #expect(old.contains("certificate expired on ") && old.contains("GMT") && old.contains("clock"), "\(old)")
        let other = try issued("other", subject: "/CN=x", alternative: "DNS:a.example,DNS:b.example,IP:10.0.0.1")
        let wrong = try message(other, trusting: directory("issuer.pem"))
        #expect(wrong.contains("is for a.example, b.example, 10.0.0.1, not for 127.0.0.1"), "\(wrong)")
        let stranger = try message(good, trusting: nil)
        #expect(stranger.contains("issuer '/CN=Authority of the tests' is unknown here"), "\(stranger)")
        #expect(stranger.contains("SSL_CERT_FILE"))
    }

    @Test("a certificate for another use, and an authority that has expired, are no unknown issuers")
    func otherReasons() throws {
        let client = try issued(
            "client", subject: "/CN=x", alternative: "IP:127.0.0.1\nextendedKeyUsage=clientAuth")
        let use = try message(client, trusting: directory("issuer.pem"))
        #expect(use.contains("is not accepted: ") && use.contains("purpose"), "\(use)")
        #expect(use.contains("the server's certificate, issued by '/CN=Authority of the tests'"))
        let (old, key) = (directory("old.pem"), directory("old.key"))
        try TestServers.run(
            openssl: "req", "-newkey", "rsa:2048", "-nodes", "-keyout", key.lossyString, "-out",
            directory("old.csr").lossyString, "-subj", "/CN=Old authority")
        try directory.write("old.ext", "basicConstraints=critical,CA:TRUE\n")
        try TestServers.run(
            openssl: "x509", "-req", "-in", directory("old.csr").lossyString, "-signkey", key.lossyString, "-days",
            "-1",
            "-extfile", directory("old.ext").lossyString, "-out", old.lossyString)
        try directory.write("issuer.pem", try directory.read("old.pem"))
        try directory.write("issuer.key", try directory.read("old.key"))
        let young = try issued("young", subject: "/CN=x", alternative: "IP:127.0.0.1")
        let expired = try message(young, trusting: directory("issuer.pem"))
        #expect(
            expired.contains("in the chain of the server's certificate '/CN=Old authority' expired on "), "\(expired)")
    }

    @Test("who speaks no TLS is not asked again")
    func noTLS() throws {
        let server = try FaultServer()
        var harness = Harness()
        harness.settings.backoffSeconds = 30
        let settled = harness
        let text = errorText { _ = try settled.fetch("https://127.0.0.1:\(server.port)/a.conda") }
        #expect(text.contains("could not be secured: what answers there does not speak TLS"), "\(text)")
        #expect(text.contains("http://"))
    }

    @Test("a file of authorities that is not there is named with its variable")
    func noBundle() throws {
        let pair = try issued("good", subject: "/CN=x", alternative: "IP:127.0.0.1")
        let text = try message(pair, trusting: directory("missing.pem"))
        #expect(text.contains("missing.pem' cannot be read") && text.contains("SSL_CERT_FILE"), "\(text)")
    }

    /// An nginx that wants certificates of `issuer.pem`.
    private func startNginx(_ pair: (certificate: ByteString, key: ByteString)) throws -> (
        server: ServerProcess, port: Int
    ) {
        let port = try FreePorts.take()
        try directory.write("www/a.conda", [UInt8](repeating: 7, count: 1000))
        let configuration = try directory.write(
            "nginx.conf",
            """
            daemon off;
            master_process off;
            pid \(directory("nginx.pid"));
            error_log /dev/null;
            events {}
            http {
                access_log off;
                client_body_temp_path \(directory("body"));
                proxy_temp_path \(directory("proxy"));
                fastcgi_temp_path \(directory("fastcgi"));
                uwsgi_temp_path \(directory("uwsgi"));
                scgi_temp_path \(directory("scgi"));
                server {
                    listen 127.0.0.1:\(port) ssl;
                    ssl_certificate \(pair.certificate);
                    ssl_certificate_key \(pair.key);
                    ssl_client_certificate \(directory("issuer.pem"));
                    ssl_verify_client on;
                    root \(directory("www"));
                }
            }

            """)
        let server = try ServerProcess(["sh", "-c", "exec /usr/sbin/nginx -c \(configuration) 2>/dev/null"])
        let script =
            "for i in $(seq 100); do curl -sk https://127.0.0.1:\(port)/ -o /dev/null && exit 0; sleep 0.1; done; exit 1"
        try #require(try ExternalProgram(path: "/bin/sh").run(["-c", ByteString(script)]).isSuccess)
        return (server, port)
    }

    @Test(
        "nginx wants a certificate: one file or two, with a password or without, from a variable",
        .enabled(if: TestServers.nginx != nil, "nginx is not installed (apt-get install nginx-light)"))
    func clientCertificate() throws {
        let (nginx, port) = try startNginx(try issued("server", subject: "/CN=x", alternative: "IP:127.0.0.1"))
        let own = try issued("client", subject: "/CN=client")
        let both = directory("both.pem")
        let script = "cat \(own.certificate) \(own.key) > \(both)"
        try #require(try ExternalProgram(path: "/bin/sh").run(["-c", ByteString(script)]).isSuccess)
        let encrypted = directory("encrypted.key")
        try TestServers.run(
            openssl: "pkcs8", "-topk8", "-in", own.key.lossyString, "-out", encrypted.lossyString, "-passout",
            "pass:secret")
        let password = try directory.write("password", "secret\n")
        func message(_ certificate: ClientCertificate?, variable: ByteString? = nil) -> String {
            var harness = Harness(environment: ["SSL_CERT_FILE": directory("issuer.pem").lossyString])
            if let variable { harness.settings.environment["SSL_CLIENT_CERT"] = variable.lossyString }
            harness.settings.clientCertificate = certificate
            return errorText { _ = try harness.fetch("https://127.0.0.1:\(port)/a.conda") }
        }
        let without = message(nil)
        #expect(without.contains("wants a client certificate") && without.contains("SSL_CLIENT_CERT"), "\(without)")
        #expect(message(ClientCertificate(certificate: own.certificate, key: own.key)) == "(no error)")
        #expect(message(ClientCertificate(certificate: both)) == "(no error)")
        #expect(message(nil, variable: both) == "(no error)")
        #expect(
            message(ClientCertificate(certificate: own.certificate, key: encrypted, passwordFile: password))
                == "(no error)")

        let wrong = try directory.write("wrong", "no\n")
        let strange = try issued("strange", subject: "/CN=y")
        #expect(
            message(ClientCertificate(certificate: own.certificate, key: encrypted)).contains(
                "encrypted.key' is encrypted"))
        #expect(
            message(ClientCertificate(certificate: own.certificate, key: encrypted, passwordFile: wrong))
                .contains("the password for the private key in"))
        #expect(
            message(ClientCertificate(certificate: own.certificate, key: strange.key))
                .contains("is not that of the certificate in"))
        #expect(message(ClientCertificate(certificate: own.key)).contains("holds no certificate in PEM form"))
        #expect(message(ClientCertificate(certificate: own.certificate)).contains("holds no private key in PEM form"))
        #expect(
            message(ClientCertificate(certificate: directory("none.pem"))).contains(
                "could not read the client certificate"))
        withExtendedLifetime(nginx) {}
    }
}
