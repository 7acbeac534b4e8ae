import CLibCurl
import CLibSSL
import Support

/// Why a server's certificate was refused: expired, for another host, or by an issuer nobody here knows.
struct CertificateProblem: Sendable {
    /// What is wrong, with dates, names or issuer.
    let text: String
    let remedy: Message

    /// - Parameters:
    ///   - record: what was seen in the handshake.
    ///   - host: whom the certificate should be for.
    init(_ record: pixi_tls_record, host: String) {
        let names = CertificateProblem.text(of: record.names)
        switch record.error {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            text = "the server's certificate expired on \(CertificateProblem.text(of: record.not_after))"
            remedy = "Its administrator has to renew it. Look whether the clock of this machine is right."
        case X509_V_ERR_CERT_NOT_YET_VALID:
            text = "the server's certificate is valid only from \(CertificateProblem.text(of: record.not_before)) on"
            remedy = "Look whether the clock of this machine is right."
        case 0:
            text = "the server's certificate is for \(names.isEmpty ? "nobody" : names), not for \(host)"
            remedy = "Use the name the certificate is for, or have a certificate made for this one."
        case let code:
            let issuer = CertificateProblem.text(of: record.issuer)
            let reason = String(cString: X509_verify_cert_error_string(Int(code)))
            text = "the server's certificate is not trusted: its issuer '\(issuer)' is unknown here (\(reason))"
            remedy = "If the authority is your own, name its certificate with SSL_CERT_FILE."
        }
    }

    /// The text in a C array, which may be cut off anywhere.
    private static func text<Characters>(of characters: Characters) -> String {
        withUnsafeBytes(of: characters) { bytes in String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }
    }
}

extension CurlHandle {
    /// Notes what is wrong with certificates in the handshakes of the next exchange.
    func watchCertificates() {
        record.pointee = pixi_tls_record()
        _ = pixi_curl_set_tls_callback(
            pointer,
            { _, context, record in
                if let context, let record {
                    pixi_tls_watch(context, record.assumingMemoryBound(to: pixi_tls_record.self))
                }
                return CURLE_OK
            }, record)
    }

    /// Why an exchange failed, with what is known of certificates.
    ///
    /// - Parameter url: whom was asked.
    func cause(of code: CURLcode, url: String, trust: TrustStore) -> FailureCause {
        if code == CURLE_PEER_FAILED_VERIFICATION {
            let host = Origin.text(of: url).split(separator: "/").last.map(String.init) ?? url
            let problem = CertificateProblem(record.pointee, host: host)
            return .connection(problem.text, remedy: problem.remedy)
        }
        if code == CURLE_SSL_CACERT_BADFILE, let file = trust.file {
            return .connection(
                "the file of trusted certificates '\(file)' cannot be read",
                remedy: "Correct SSL_CERT_FILE, or unset it to use the certificates of this system.")
        }
        return wantsClientCertificate ? .clientCertificate : .lost(code, message(of: code))
    }
}
