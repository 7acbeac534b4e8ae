import CondaModel
import Support

/// Which proxy a request goes through: the environment's, else the configuration's
/// (docs/spec/network.md#configuration).
struct Proxies: Sendable {
    /// A proxy, and who says so.
    struct Proxy: Sendable, Equatable {
        /// With name and password, if it has them.
        let url: String
        /// The variable, or the key of the configuration and its file.
        let setting: String

        /// Whether a name is sent to the proxy.
        var hasLogin: Bool { (try? WebURL(url).userInfo) != nil }
    }

    private let http: Proxy?
    private let https: Proxy?
    private let exceptions: [ProxyException]

    init(_ environment: ProcessEnvironment, _ configuration: Configuration = Configuration()) {
        func variable(_ names: String...) -> Proxy? {
            for name in names { if let url = environment[name] { return Proxy(url: url, setting: name) } }
            return nil
        }
        func configured(_ value: Sourced<WebURL>?, _ key: String) -> Proxy? {
            value.map { Proxy(url: $0.value.text, setting: "proxy-config.\(key) in \($0.origin)") }
        }
        // In a CGI program HTTP_PROXY comes from the client.
        let isCGI = environment["REQUEST_METHOD"] != nil
        let plain = isCGI ? variable("http_proxy") : variable("http_proxy", "HTTP_PROXY")
        let any = variable("all_proxy", "ALL_PROXY")
        http = plain ?? any ?? configured(configuration.httpProxy, "http")
        https = variable("https_proxy", "HTTPS_PROXY") ?? any ?? configured(configuration.httpsProxy, "https")
        let listed = (environment["no_proxy"] ?? environment["NO_PROXY"])?.split {
            $0 == "," || $0 == " " || $0 == "\t"
        }
        exceptions = (listed?.map(String.init) ?? configuration.nonProxyHosts?.value ?? []).compactMap(
            ProxyException.init)
    }

    /// The proxy; nil: the server is asked directly.
    func proxy(forURL url: String) -> Proxy? {
        guard let proxy = url.hasPrefix("https:") ? https : http, let url = try? WebURL(url), let host = url.host else {
            return nil
        }
        let port = url.port.map(Int.init) ?? (url.scheme == "https" ? 443 : 80)
        return exceptions.contains { $0.matches(host: host, port: port) } ? nil : proxy
    }
}
