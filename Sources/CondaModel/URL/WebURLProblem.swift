/// What can be wrong with the text of a URL.
enum WebURLProblem: Error, CustomStringConvertible {
    /// It has no scheme: a relative reference, or a path.
    case relative
    case emptyHost
    case invalidPort
    case invalidHost
    case invalidHostName
    case invalidIPv4
    case invalidIPv6

    var description: String {
        switch self {
        case .relative: "relative URL without a base"
        case .emptyHost: "empty host"
        case .invalidPort: "invalid port number"
        case .invalidHost: "invalid domain character"
        case .invalidHostName: "invalid international domain name"
        case .invalidIPv4: "invalid IPv4 address"
        case .invalidIPv6: "invalid IPv6 address"
        }
    }
}
