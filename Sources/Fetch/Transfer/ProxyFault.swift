import CLibCurl
import CondaModel
import Support

/// A proxy that could not be reached or understood, or could not reach the server: the failure is not the server's. Another
/// try may mend it.
struct ProxyFault: Sendable {
    let proxy: Proxies.Proxy
    /// What it did, behind its name.
    let text: Message
    let remedy: Message
    /// Whether another try would end alike.
    let isFinal: Bool

    /// - Returns: nil unless it was the proxy that failed.
    init?(of handle: CurlHandle, _ code: CURLcode, url: String, proxy: Proxies.Proxy) {
        self.proxy = proxy
        isFinal = code == CURLE_SSL_CONNECT_ERROR && handle.handshakeProblem != nil
        let isSOCKS = proxy.scheme.hasPrefix("socks")
        let reason = handle.message(of: code)
        let look = Message("Check \(proxy.setting) and whether the proxy runs; no_proxy leaves a server out.")
        // Of a request without TLS it forwards, whatever came from there is the server's as well.
        let isBeforeTunnel = !isSOCKS && url.hasPrefix("https:") && handle.tunnelStatus == 0
        let isItsHandshake = proxy.scheme == "https" && (isBeforeTunnel || url.hasPrefix("http:"))
        switch code {
        case CURLE_COULDNT_RESOLVE_PROXY:
            (text, remedy) = ("cannot be found: its name does not resolve", look)
        case CURLE_COULDNT_CONNECT:
            (text, remedy) = ("cannot be reached: \(reason)", look)
        case CURLE_PROXY:
            (text, remedy) = ("could not connect to the server: \(ProxyFault.reason(handle.proxyError))", look)
        case CURLE_SSL_CONNECT_ERROR where isItsHandshake:
            text = "does not speak TLS as we do: \(handle.handshakeProblem?.text ?? reason)"
            remedy = "If it is asked without TLS, write http:// for https:// in \(proxy.setting)."
        case CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING, CURLE_WEIRD_SERVER_REPLY, CURLE_OPERATION_TIMEDOUT,
            CURLE_UNSUPPORTED_PROTOCOL:
            if handle.tunnelStatus >= 500 {
                let status = handle.tunnelStatus
                text = "could not reach the server (\(status) \(HTTPStatus.reason(status)))"
                remedy = "Check the server's name, and whether the proxy may reach it; no_proxy leaves a server out."
            } else if isBeforeTunnel {
                text = "gave no answer: \(reason)"
                remedy =
                    proxy.scheme == "http"
                    ? "If it wants TLS, write https:// for http:// in \(proxy.setting)." : look
            } else {
                return nil
            }
        default: return nil
        }
    }

    /// What a SOCKS proxy says of the server (RFC 1928 section 6).
    private static func reason(_ code: CURLproxycode) -> String {
        switch code {
        case CURLPX_REPLY_HOST_UNREACHABLE: "host unreachable"
        case CURLPX_REPLY_NETWORK_UNREACHABLE: "network unreachable"
        case CURLPX_REPLY_CONNECTION_REFUSED: "connection refused"
        case CURLPX_REPLY_TTL_EXPIRED: "time to live expired"
        case CURLPX_REPLY_GENERAL_SERVER_FAILURE: "general failure"
        case CURLPX_RESOLVE_HOST: "its name does not resolve"
        case CURLPX_BAD_VERSION, CURLPX_UNKNOWN_MODE: "it does not speak this version of SOCKS"
        default: "error \(code.rawValue)"
        }
    }

    /// What a person reads.
    func failure(url: String) -> Failure {
        Failure("error sending request for url (\(url)): \(proxy.title) \(text)", remedy: remedy)
    }
}
