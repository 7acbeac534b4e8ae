import CLibCurl
import CLibSSL
import CondaModel
import Support

/// Why a server's certificate was refused: expired, for another host, or by an issuer nobody here knows.
struct CertificateProblem: Sendable {
    /// What is wrong, with dates, names or issuer.
    let text: String
    let remedy: Message

    /// - Parameters:
    ///   - record: what was seen in the handshake.
    ///   - host: whom the certificate should be for.
    ///   - owner: whose it is: `the server`.
    init(_ record: pixi_tls_record, host: String, owner: String) {
        let names = CertificateProblem.text(of: record.names)
        let issuer = CertificateProblem.text(of: record.issuer)
        // A chain may break above the certificate that names the host.
        let whose =
            record.depth > 0
            ? "in the chain of \(owner)'s certificate '\(CertificateProblem.text(of: record.subject))'"
            : "\(owner)'s certificate"
        switch record.error {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            text = "\(whose) expired on \(CertificateProblem.text(of: record.not_after))"
            remedy = "Its administrator has to renew it. Look whether the clock of this machine is right."
        case X509_V_ERR_CERT_NOT_YET_VALID:
            text = "\(whose) is valid only from \(CertificateProblem.text(of: record.not_before)) on"
            remedy = "Look whether the clock of this machine is right."
        case 0:
            text = "\(owner)'s certificate is for \(names.isEmpty ? "nobody" : names), not for \(host)"
            remedy = "Use the name the certificate is for, or have a certificate made for this one."
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
            X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_CERT_UNTRUSTED:
            let reason = String(cString: X509_verify_cert_error_string(Int(record.error)))
            text = "\(owner)'s certificate is not trusted: its issuer '\(issuer)' is unknown here (\(reason))"
            remedy = "If the authority is your own, name its certificate with SSL_CERT_FILE."
        case let code:
            let reason = String(cString: X509_verify_cert_error_string(Int(code)))
            text = "\(whose), issued by '\(issuer)', is not accepted: \(reason)"
            remedy = "Its administrator has to have another one made."
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
    /// - Parameters:
    ///   - url: whom was asked.
    ///   - proxy: through whom.
    func cause(of code: CURLcode, url: String, trust: TrustStore, proxy: Proxies.Proxy?) -> FailureCause {
        if code == CURLE_PEER_FAILED_VERIFICATION {
            // Behind the proxy's own handshake comes that of the server, through the tunnel.
            let isProxys = proxy?.scheme == "https" && (url.hasPrefix("http:") || tunnelStatus == 0)
            let asked = isProxys ? proxy?.url ?? url : url
            let problem = CertificateProblem(
                record.pointee, host: (try? WebURL(asked).host) ?? asked,
                owner: isProxys ? proxy?.title ?? "the proxy" : "the server")
            return .connection(problem.text, remedy: problem.remedy)
        }
        if let proxy, let fault = ProxyFault(of: self, code, url: url, proxy: proxy) { return .proxyFault(fault) }
        if code == CURLE_SSL_CACERT_BADFILE, let file = trust.file {
            return .connection(
                "the file of trusted certificates '\(file)' cannot be read",
                remedy: "Correct SSL_CERT_FILE, or unset it to use the certificates of this system.")
        }
        if wantsClientCertificate { return .clientCertificate }
        if code == CURLE_SSL_CONNECT_ERROR, let problem = handshakeProblem {
            return .handshake("the connection could not be secured: \(problem.text)", remedy: problem.remedy)
        }
        return .lost(code, message(of: code))
    }
}
