import Support
import TestKit

/// What this machine has for tests against real servers; without it the tests are skipped and say so.
enum TestServers {
    static let hasMoto = ServerPython.has("moto.server, boto3")
    static let hasGoogleEmulator = ServerPython.has("gcp_storage_emulator")
    static let openssl = ExternalProgram.find("openssl")
    static let nginx = ExternalProgram.find("nginx", searchPath: "/usr/sbin:/usr/bin")
    static let squid = ExternalProgram.find("squid", searchPath: "/usr/sbin:/usr/bin")
    static let microsocks = ExternalProgram.find("microsocks")
    static let nghttpd = ExternalProgram.find("nghttpd")

    /// Runs openssl.
    static func run(openssl words: String...) throws {
        guard let openssl else { throw Failure("openssl is not installed") }
        let ending = try openssl.run(words.map { ByteString($0) })
        if !ending.isSuccess { throw Failure("openssl \(words): \(ending.output)") }
    }

    /// A certificate for 127.0.0.1 that is its own authority.
    static func certificate(
        in directory: TemporaryDirectory, names: String = "IP:127.0.0.1,DNS:localhost"
    ) throws -> (certificate: ByteString, key: ByteString) {
        let (certificate, key) = (directory("cert.pem"), directory("key.pem"))
        try run(
            openssl: "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key.lossyString, "-out",
            certificate.lossyString, "-days", "2", "-subj", "/CN=test", "-addext",
            "subjectAltName=\(names)")
        return (certificate, key)
    }
}
