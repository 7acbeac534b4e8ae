import Support

/// The certificates of authorities that the certificates of servers are checked against.
///
/// A static program cannot rely on the place its TLS library was built for, so the places of the distributions are tried
/// one after the other. `SSL_CERT_FILE` and `SSL_CERT_DIR` replace them.
struct TrustStore: Sendable, Equatable {
    /// A file of certificates in PEM form.
    var file: ByteString?
    /// Directories with hashed names, separated by colons.
    var directory: ByteString?

    /// The bundles of Debian, Red Hat (two places), SUSE and Alpine.
    static let bundles: [ByteString] = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem",
    ]
    static let directories: [ByteString] = ["/etc/ssl/certs", "/etc/pki/tls/certs"]

    /// The places that the environment names, else the first that exists below `root`.
    static func find(_ environment: ProcessEnvironment, root: ByteString = "") -> TrustStore {
        let file = environment["SSL_CERT_FILE"].map { ByteString($0) }
        let directory = environment["SSL_CERT_DIR"].map { ByteString($0) }
        if file != nil || directory != nil { return TrustStore(file: file, directory: directory) }
        func first(_ places: [ByteString]) -> ByteString? {
            places.map { root + $0 }.first { (try? Sys.stat($0)) != nil }
        }
        return TrustStore(file: first(bundles), directory: first(directories))
    }
}
