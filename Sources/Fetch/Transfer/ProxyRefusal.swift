import CLibCurl
import CondaModel
import Support

/// A proxy that does not let a request through. Asking again changes nothing.
struct ProxyRefusal: Sendable {
    let proxy: Proxies.Proxy
    private let reason: Reason

    private enum Reason: Sendable {
        case status(Int)
        /// A SOCKS proxy wants a login, or another one.
        case login
        /// A SOCKS proxy does not allow the connection.
        case forbidden
    }

    /// - Parameters:
    ///   - status: of the answer, if there was one.
    /// - Returns: nil unless it was the proxy that said no.
    init?(of handle: CurlHandle, _ code: CURLcode, status: Int, proxy: Proxies.Proxy) {
        self.proxy = proxy
        if code == CURLE_OK {
            guard status == 407 else { return nil }
            reason = .status(status)
        } else if (400..<500).contains(handle.tunnelStatus) {
            reason = .status(handle.tunnelStatus)
        } else {
            guard code == CURLE_PROXY else { return nil }
            switch handle.proxyError {
            case CURLPX_USER_REJECTED, CURLPX_NO_AUTH, CURLPX_IDENTD_DIFFER, CURLPX_REQUEST_FAILED: reason = .login
            case CURLPX_REPLY_NOT_ALLOWED: reason = .forbidden
            default: return nil
            }
        }
    }

    /// What a person reads.
    func failure(url: String) -> Failure {
        let who = proxy.title
        switch reason {
        case .status(407), .login:
            let what = "\(who) \(proxy.hasLogin ? "refuses the name and password given" : "wants a name and password")"
            return Failure(
                "\(what) for url (\(url))",
                remedy: proxy.hasLogin
                    ? "Correct the name and password in \(proxy.setting); characters such as @ are written %40."
                    : "Put them into the proxy's URL: \(proxy.setting)=SCHEME://NAME:PASSWORD@HOST:PORT.")
        case .status(let status):
            return Failure(
                "\(who) does not let the request through (\(status) \(HTTPStatus.reason(status))) for url (\(url))",
                remedy: "Ask who runs the proxy to allow this server, or leave the server out with no_proxy.")
        case .forbidden:
            return Failure(
                "\(who) does not allow the connection for url (\(url))",
                remedy: "Ask who runs the proxy to allow this server, or leave the server out with no_proxy.")
        }
    }
}
