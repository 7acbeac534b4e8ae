import Support

/// Words for the statuses people meet.
enum HTTPStatus {
    static func reason(_ status: Int) -> String {
        switch status {
        case 304: "Not Modified"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 402: "Payment Required"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 407: "Proxy Authentication Required"
        case 408: "Request Timeout"
        case 410: "Gone"
        case 416: "Range Not Satisfiable"
        case 429: "Too Many Requests"
        case 451: "Unavailable For Legal Reasons"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        default: "no usual status"
        }
    }

    /// - Parameter isLocked: whether a lock file names the file.
    static func remedy(_ status: Int, isLocked: Bool) -> Message? {
        switch status {
        case 401, 403:
            "The server wants credentials, or others: give them with --auth-file, or log in with 'pixi auth login'."
        case 404, 410:
            isLocked
                ? "The channel no longer has this file; lock again, or use a mirror that keeps it."
                : "There is nothing at this address, or nothing any more: check how it is written."
        case 407: "Put user and password of the proxy into the proxy's URL."
        case 429: "The server limits requests; try again later or with a smaller --concurrency."
        default: nil
        }
    }
}
