import CLibCurl
import CLibSSL
import Support

/// The certificate this program shows to servers that want one (mutual TLS).
public struct ClientCertificate: Sendable, Equatable {
    /// A file in PEM form; it may hold the key as well.
    public var certificate: ByteString
    /// The key's file in PEM form; nil: the certificate's has it.
    public var key: ByteString?
    /// A file whose first line is the password of the key.
    public var passwordFile: ByteString?

    public init(certificate: ByteString, key: ByteString? = nil, passwordFile: ByteString? = nil) {
        self.certificate = certificate
        self.key = key
        self.passwordFile = passwordFile
    }

    /// The certificate `SSL_CLIENT_CERT` names, as uv reads it.
    static func find(_ environment: ProcessEnvironment) -> ClientCertificate? {
        environment["SSL_CLIENT_CERT"].map { ClientCertificate(certificate: ByteString($0)) }
    }

    /// A certificate and the key that belongs to it.
    struct Checked: Sendable {
        let certificate: ByteString
        let key: ByteString
        let password: String?

        func apply(to handle: CurlHandle) {
            handle.set(CURLOPT_SSLCERT, certificate)
            handle.set(CURLOPT_SSLKEY, key)
            if let password { handle.set(CURLOPT_KEYPASSWD, password) }
        }
    }

    /// Reads the files.
    ///
    /// - Throws: `Failure` naming which of certificate, key and password is wrong.
    func check() throws -> Checked {
        func read(_ path: ByteString, _ what: Message) throws -> [UInt8] {
            try describing("could not read the \(what) '\(path)'") {
                try File.open(path).slice().readAll(limit: 1 << 20)
            }
        }
        let certificateBytes = try read(certificate, "client certificate")
        let key = key ?? certificate
        let keyBytes = self.key == nil ? certificateBytes : try read(key, "key of the client certificate")
        let password = try passwordFile.map { path in
            let line = try read(path, "password of the client certificate's key").prefix { $0 != 0x0A && $0 != 0x0D }
            return String(decoding: line, as: UTF8.self)
        }
        let problem = certificateBytes.withUnsafeBytes { certificate in
            keyBytes.withUnsafeBytes { key in
                pixi_client_check(
                    certificate.baseAddress, Int32(certificate.count), key.baseAddress, Int32(key.count), password)
            }
        }
        if let failure = failure(problem, key: key) { throw failure }
        return Checked(certificate: certificate, key: key, password: password)
    }

    private func failure(_ problem: pixi_client_problem, key: ByteString) -> Failure? {
        switch problem {
        case PIXI_CLIENT_NO_CERTIFICATE:
            Failure(
                "'\(certificate)' holds no certificate in PEM form",
                remedy: "Name the file with the line 'BEGIN CERTIFICATE' with --client-cert or SSL_CLIENT_CERT.")
        case PIXI_CLIENT_NO_KEY:
            Failure(
                "'\(key)' holds no private key in PEM form",
                remedy: "Name the file with the line 'BEGIN PRIVATE KEY' with --client-key.")
        case PIXI_CLIENT_WANTS_PASSWORD:
            Failure(
                "the private key in '\(key)' is encrypted",
                remedy: "Name a file with its password with --client-key-password.")
        case PIXI_CLIENT_WRONG_PASSWORD:
            Failure(
                "the password for the private key in '\(key)' is wrong",
                remedy: "Correct the first line of the file --client-key-password names.")
        case PIXI_CLIENT_OTHER_KEY:
            Failure(
                "the private key in '\(key)' is not that of the certificate in '\(certificate)'",
                remedy: "Name the two files that belong together.")
        default: nil
        }
    }
}
