import CondaModel
import Support

/// Which proxy a request goes through: the environment's, else the configuration's
/// (docs/spec/network.md#configuration).
struct Proxies: Sendable {
    /// A proxy, and the setting that names it.
    struct Proxy: Sendable, Equatable {
        /// With name and password, if it has them.
        let url: String
        /// The variable, or the key of the configuration and its file.
        let setting: String

        /// - Parameter text: a URL; without a scheme it means HTTP, as everywhere.
        init(_ text: String, setting: String) {
            url = text.contains(text: "://") ? text : "http://\(text)"
            self.setting = setting
        }

        /// Whether a name is sent to the proxy.
        var hasLogin: Bool { (try? WebURL(url).userInfo) != nil }

        /// The protocol to the proxy, in lower case.
        var scheme: String { url.prefix { $0 != ":" }.lowercased() }

        /// The name for messages.
        var title: String { "the proxy \(Redaction.url(url)) (from \(setting))" }

        /// - Throws: `Failure` if it cannot be the URL of a proxy.
        func check() throws {
            let schemes = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"]
            if schemes.contains(scheme), let url = try? WebURL(url), let host = url.host, !host.isEmpty { return }
            // In a text that is not a URL everything in front of the last @ is taken for a login.
            let shown = url.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
            throw Failure(
                "'\(url.contains("@") ? "\(scheme)://***@\(shown)" : url)' (from \(setting)) is not the URL of a proxy",
                remedy:
                    "Write it as SCHEME://[NAME:PASSWORD@]HOST:PORT with http, https, socks5h, socks5, socks4a or socks4; "
                    + "characters such as @ and # in a password are written %40 and %23.")
        }
    }

    private let http: Proxy?
    private let https: Proxy?
    private let exceptions: [ProxyException]

    init(_ environment: ProcessEnvironment, _ configuration: Configuration = Configuration()) {
        func variable(_ names: String...) -> Proxy? {
            for name in names { if let url = environment[name] { return Proxy(url, setting: name) } }
            return nil
        }
        func configured(_ value: Sourced<WebURL>?, _ key: String) -> Proxy? {
            value.map { Proxy($0.value.text, setting: "proxy-config.\(key) in \($0.origin)") }
        }
        // In a CGI program the client decides what HTTP_PROXY is (CVE-2016-5385).
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
