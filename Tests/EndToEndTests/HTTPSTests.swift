import Support
import TestKit
import Testing

@Suite("HTTPS")
struct HTTPSTests {
    /// A server of the example's channel, and a workspace whose lock file names it.
    private struct Place {
        let folder: TemporaryDirectory
        let server: ServerProcess
        init() throws {
            let openssl = try ChildProcess.needed("openssl")
            _ = try ChildProcess.needed("python3")
            folder = try TemporaryDirectory()
            // The second certificate vouches for somebody else.
            for name in ["certificate", "other"] {
                let made = try ChildProcess.run([
                    openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", folder("\(name).key").lossyString, "-out", folder("\(name).pem").lossyString,
                    "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                ])
                try #require(made.status == 0, "\(made.errors)")
            }
            let example = Executable.checkout + "/docs/example"
            server = try ServerProcess(
                script: "https_server.py",
                [example, folder("certificate.pem").lossyString, folder("certificate.key").lossyString])
            let port = try server.readLine()
            let lock = try File.open(ByteString(example + "/pixi.lock")).slice().readAll()
            let text = String(decoding: lock, as: UTF8.self)
                .replacing("./channel/", with: "https://localhost:\(port)/channel/")
            try folder.write("workspace/pixi.lock", text)
        }
    }

    @Test("packages come over HTTPS, the name looked up, the certificate checked by SSL_CERT_FILE") func trusted()
        throws
    {
        let place = try Place()
        let outcome = try Executable.run(
            ["workspace"],
            environment: ["SSL_CERT_FILE": place.folder("certificate.pem").lossyString, "HOME": "/nonexistent"],
            in: place.folder.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try place.folder.read("environment.tar").count > 17_000)
    }

    @Test("a certificate nobody vouches for is refused, and nothing is written") func untrusted() throws {
        let place = try Place()
        let outcome = try Executable.run(
            ["workspace"],
            environment: ["SSL_CERT_FILE": place.folder("other.pem").lossyString, "HOME": "/nonexistent"],
            in: place.folder.path)
        #expect(outcome.hasFailed)
        #expect(outcome.errors.contains("certificate"), "\(outcome.errors)")
        #expect(try !Sys.exists(place.folder("environment.tar")))
    }
}
