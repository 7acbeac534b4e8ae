import CLibCurl
import Support

/// Why a try failed.
enum FailureCause {
    case status(Int)
    case connection(String, remedy: Message? = nil)
    case mismatch(HashMismatch, encoding: String?)
    /// More came than these bytes.
    case tooLong(Int64)
    case proxy(ProxyRefusal)
    case proxyFault(ProxyFault)
    /// A web page came in place of the file.
    case page
    /// The two sides cannot speak TLS with each other.
    case handshake(String, remedy: Message)
    /// The server wants a certificate of ours.
    case clientCertificate
    /// The credentials from that place were refused.
    case credentials(status: Int, place: String)

    /// The connection failed; `message` says how (`CurlHandle.message`).
    static func lost(_ code: CURLcode, _ message: String) -> FailureCause {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
            .connection(
                message,
                remedy: "Check the name and the network; where there is a proxy, set https_proxy.")
        case CURLE_COULDNT_CONNECT:
            .connection(
                message,
                remedy: "Check the network and whether the server runs; where there is a proxy, set https_proxy.")
        case CURLE_OPERATION_TIMEDOUT:
            .connection(
                message,
                remedy: "Run it again with --cache, wait longer with --timeout, or use a mirror.")
        default: .connection(message)
        }
    }

    /// Whether another try would end alike.
    var isFinal: Bool {
        switch self {
        case .clientCertificate, .handshake: true
        case .proxyFault(let fault): fault.isFinal
        default: false
        }
    }

    func text(fileName: String, url: String) -> String { failure(fileName: fileName, url: url).message }

    /// Of what kind the failure is.
    private var kind: Failure.Kind {
        switch self {
        case .status(404), .status(410): .notFound
        case .mismatch, .tooLong, .page: .integrity
        case .status, .connection, .proxy, .proxyFault, .handshake, .clientCertificate, .credentials: .network
        }
    }

    /// What a person reads.
    ///
    /// - Parameters:
    ///   - url: redacted.
    ///   - fetched: what was asked for; nil for requests that only prepare a download.
    func failure(fileName: String, url: String, of fetched: FetchKind? = nil) -> Failure {
        let found = explanation(fileName: fileName, url: url, isLocked: fetched?.isLocked ?? false)
        return Failure(found.words, cause: found.cause, remedy: found.advice, kind: kind)
    }

    private func explanation(fileName: String, url: String, isLocked: Bool) -> Failure {
        switch self {
        case .status(let status):
            return Failure(
                "HTTP status \(status < 500 ? "client" : "server") error "
                    + "(\(status) \(HTTPStatus.reason(status))) for url (\(url))",
                remedy: HTTPStatus.remedy(status, isLocked: isLocked))
        case .connection(let message, let remedy):
            return Failure(
                "error sending request for url (\(url)): \(message)",
                remedy: remedy ?? "Run it again; with --cache or --use-cache what has arrived is kept.")
        case .tooLong(let size):
            return Failure(
                "the server sends more than the \(size) bytes the file may have, for url (\(url))",
                remedy: "Look what is at the URL; if the package was replaced there, lock again.")
        case .clientCertificate:
            return Failure(
                "the server wants a client certificate for url (\(url))",
                remedy:
                    "Name a certificate it accepts with --client-cert or SSL_CLIENT_CERT, and its key with --client-key."
            )
        case .credentials(let status, let place):
            return Failure(
                "HTTP status client error (\(status) \(HTTPStatus.reason(status))) for url (\(url)): the credentials of "
                    + "\(place) were refused",
                remedy:
                    "Look whether they are right, still valid, and good for this file; 'pixi auth login' stores others."
            )
        case .proxy(let refusal): return refusal.failure(url: url)
        case .proxyFault(let fault): return fault.failure(url: url)
        case .handshake(let message, let remedy):
            return Failure("error sending request for url (\(url)): \(message)", remedy: remedy)
        case .page:
            return Failure(
                "the server sent a web page instead of \(fileName) for url (\(url))",
                remedy:
                    "Open the URL in a browser: a login page wants credentials (--auth-file, 'pixi auth login'), the "
                    + "page of a network or a proxy wants its own log-in or https_proxy.")
        case .mismatch(let mismatch, let encoding):
            let failure = mismatch.failure(fileName: fileName, origin: url)
            guard let encoding, encoding.lowercased() != "identity" else { return failure }
            return Failure(
                failure.words,
                remedy: "The server sent 'Content-Encoding: \(encoding)' although it was not asked for; "
                    + "packages must be served as they are.")
        }
    }
}
