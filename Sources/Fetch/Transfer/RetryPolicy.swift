import CLibCurl

/// What to do after a try that did not bring the file.
struct RetryPolicy: Sendable {
    let tries: Int
    let backoffSeconds: Double
    /// No wait is longer, whatever a server asks for.
    static let longestWait = 300.0

    /// How a try ended.
    enum Outcome: Equatable {
        /// Nothing was asked for: what has to be known before could not be found out.
        case unplanned(isTransient: Bool)
        /// The connection failed before the answer was whole.
        ///
        /// - Parameter isFinal: another try would end alike.
        case broken(CURLcode, isFinal: Bool)
        /// An answer that says no.
        ///
        /// - Parameter after: seconds the server asks to wait.
        case refused(status: Int, after: Double?)
        /// Another part of the file than was asked for.
        case wrongRange
        /// Bytes that are not those of the file.
        ///
        /// - Parameter isShort: fewer than there should be, and nothing else looks wrong.
        case otherBytes(isShort: Bool)
        /// The server says that what was kept is the file, and it is damaged.
        case damagedCopy
    }

    /// What is known of the download.
    struct History: Equatable {
        /// Tries begun.
        var tries: Int
        /// How often a whole file had other bytes than it should.
        var mismatches = 0
        /// Whether a part of the file is there.
        var hasBytes = false
        /// Whether the next try would go to another place, which can be asked at once.
        var hasAlternative = false
        /// Whether there are credentials that were refused and can be fetched anew.
        var canRenew = false
    }

    /// Times are seconds until the next try.
    enum Step: Equatable {
        /// Goes on where the last try ended.
        case retry(after: Double)
        /// Begins with the first byte.
        case restart(after: Double)
        /// Fetches the credentials anew.
        case renew(after: Double)
        case giveUp
    }

    /// - Parameter random: from 0 to 1, so that many machines do not come back at the same time.
    func next(after outcome: Outcome, _ history: History, random: Double = Double.random(in: 0..<1)) -> Step {
        guard history.tries < tries || history.hasAlternative else { return .giveUp }
        var asked: Double?
        if case .refused(_, let after) = outcome { asked = after }
        if let asked, asked > Self.longestWait { return .giveUp }
        let wait = history.hasAlternative ? 0 : wait(after: history.tries, retryAfter: asked, random: random)
        switch outcome {
        case .damagedCopy: return .retry(after: wait)
        case .wrongRange: return .restart(after: wait)
        case .unplanned(let isTransient):
            return isTransient || history.hasAlternative ? .retry(after: wait) : .giveUp
        case .broken(let code, let isFinal):
            return Self.isTransient(code) && !isFinal || history.hasAlternative ? .retry(after: wait) : .giveUp
        case .otherBytes(let isShort):
            // Seen twice, it is no accident.
            return isShort || history.mismatches < 2 || history.hasAlternative ? .restart(after: wait) : .giveUp
        case .refused(let status, _):
            // What is there of the file is not what the server has.
            if status == 416, history.hasBytes { return .restart(after: wait) }
            if history.canRenew { return .renew(after: wait) }
            return Self.isTransient(status: status) || status == 404 && history.hasAlternative
                ? .retry(after: wait) : .giveUp
        }
    }

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
