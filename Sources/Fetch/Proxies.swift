import CondaModel
import Support

/// Which proxy a request goes through: the environment's, else the configuration's (spec lock §4).
struct Proxies: Sendable {
    private let http: String?
    private let https: String?
    private let exceptions: [String]

    init(_ environment: ProcessEnvironment, _ configuration: Configuration = Configuration()) {
        func variable(_ name: String) -> String? { environment[name] ?? environment[name.uppercased()] }
        // In a CGI program HTTP_PROXY comes from the client.
        let isCGI = environment["REQUEST_METHOD"] != nil
        let plain = environment["http_proxy"] ?? (isCGI ? nil : environment["HTTP_PROXY"])
        let any = variable("all_proxy")
        http = plain ?? any ?? configuration.httpProxy?.value.text
        https = variable("https_proxy") ?? any ?? configuration.httpsProxy?.value.text
        let fromEnvironment = variable("no_proxy").map { $0.split(separator: ",").map { Proxies.trimmed($0) } }
        exceptions = (fromEnvironment ?? configuration.nonProxyHosts?.value ?? []).filter { !$0.isEmpty }
    }

    /// The proxy's URL; nil: the server is asked directly.
    func proxy(forURL url: String) -> String? {
        let isSecure = url.hasPrefix("https:")
        guard let proxy = isSecure ? https : http, let host = try? WebURL(url).host, !isException(host) else {
            return nil
        }
        return proxy
    }

    private func isException(_ host: String) -> Bool {
        exceptions.contains { entry in
            if entry == "*" { return true }
            if let inside = Proxies.isInside(host, network: entry) { return inside }
            var name = entry.lowercased()
            if name.hasPrefix("*.") { name.removeFirst(2) } else if name.hasPrefix(".") { name.removeFirst() }
            return host == name || host.hasSuffix("." + name) || host == "[\(name)]"
        }
    }

    /// Whether an IPv4 address lies in `a.b.c.d/n`; nil if this is no such pair.
    private static func isInside(_ host: String, network: String) -> Bool? {
        let parts = network.split(separator: "/")
        guard parts.count == 2, let bits = UInt32(parts[1]), bits <= 32, let base = address(parts[0]),
            let value = address(host[...])
        else { return nil }
        let mask: UInt32 = bits == 0 ? 0 : ~0 << (32 - bits)
        return value & mask == base & mask
    }

    private static func address(_ text: Substring) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard parts.count == 4 else { return nil }
        return parts.reduce(UInt32?.some(0)) { value, part in
            guard let value, let part else { return nil }
            return value << 8 | UInt32(part)
        }
    }

    private static func trimmed(_ text: Substring) -> String {
        let start = text.drop { $0 == " " || $0 == "\t" }
        return String(start.prefix { $0 != " " && $0 != "\t" })
    }
}
