import CLibCurl

/// Which failures another try may mend, and when to make it.
struct RetryPolicy: Sendable {
    let tries: Int
    let backoffSeconds: Double
    /// No wait is longer, whatever a server asks for.
    static let longestWait = 300.0

    /// Statuses that may be gone next time.
    static func isTransient(status: Int) -> Bool { status == 408 || status == 429 || status >= 500 }

    /// Errors of the connection, not of the request: resets, truncation, stalls, names that do not resolve now. (Only HTTP
    /// is ever asked for, so an unsupported protocol is an answer that is no HTTP.)
    static func isTransient(_ code: CURLcode) -> Bool {
        switch code {
        case CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT, CURLE_HTTP2,
            CURLE_PARTIAL_FILE, CURLE_OPERATION_TIMEDOUT, CURLE_SSL_CONNECT_ERROR, CURLE_GOT_NOTHING,
            CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_HTTP2_STREAM, CURLE_WEIRD_SERVER_REPLY, CURLE_AGAIN,
            CURLE_BAD_CONTENT_ENCODING, CURLE_UNSUPPORTED_PROTOCOL, CURLE_PROXY:
            true
        default: false
        }
    }

    /// Errors that say the other side cannot be reached at all.
    static func isUnreachable(_ code: CURLcode) -> Bool {
        code == CURLE_COULDNT_RESOLVE_PROXY || code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_CONNECT
            || code == CURLE_PROXY
    }

    /// Seconds until the next try after `tries` made: exponential with jitter, at least what the server asked for.
    func wait(after tries: Int, retryAfter: Double?, random: Double = Double.random(in: 0..<1)) -> Double {
        let doublings = max(0, min(tries, 10) - 1)
        let base = backoffSeconds * Double(1 << doublings)
        let jittered = base * (0.5 + random)
        return min(max(jittered, retryAfter ?? 0), RetryPolicy.longestWait)
    }
}
