import CondaModel
import LibC
import Support

/// An entry of `no_proxy`: `*`, a host with all below it (with or without leading `.` or `*.`), an address, a network
/// `address/bits`; each may name a port. The forms are those of curl and of the original's HTTP library.
struct ProxyException: Sendable {
    private enum Hosts: Sendable {
        case all
        case domain(String)
        case network(address: [UInt8], bits: Int)
    }

    private let hosts: Hosts
    /// Nil for any port.
    private let port: Int?

    /// Nil for an entry that can match nothing.
    init?(_ entry: String) {
        var text = entry.lowercased()
        var port: Int?
        if let network = ProxyException.network(text) {
            (hosts, self.port) = (network, nil)
            return
        }
        if let colon = text.lastIndex(of: ":"), let number = Int(text[text.index(after: colon)...]),
            text.hasPrefix("[") || text.firstIndex(of: ":") == colon
        {
            port = number
            text = String(text[..<colon])
        }
        self.port = port
        if text == "*" {
            hosts = .all
        } else if let network = ProxyException.network(text) {
            hosts = network
        } else {
            if text.hasPrefix("*.") { text.removeFirst(2) } else if text.hasPrefix(".") { text.removeFirst() }
            if text.hasSuffix(".") { text.removeLast() }
            if text.isEmpty { return nil }
            hosts = .domain(text)
        }
    }

    /// - Parameters:
    ///   - host: as URLs write it, IPv6 addresses in brackets.
    func matches(host: String, port: Int) -> Bool {
        if let wanted = self.port, wanted != port { return false }
        switch hosts {
        case .all: return true
        case .domain(let name): return host == name || host.hasSuffix("." + name)
        case .network(let network, let bits):
            guard let address = ProxyException.address(host), address.count == network.count else { return false }
            let whole = bits / 8
            guard address[..<whole] == network[..<whole] else { return false }
            if bits % 8 == 0 { return true }
            return (address[whole] ^ network[whole]) >> (8 - bits % 8) == 0
        }
    }

    /// An address with or without the number of bits that count.
    private static func network(_ text: String) -> Hosts? {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let address = address(parts[0]) else { return nil }
        guard parts.count == 2 else { return .network(address: address, bits: address.count * 8) }
        guard let bits = Int(parts[1]), (0...address.count * 8).contains(bits) else { return nil }
        return .network(address: address, bits: bits)
    }

    /// The bytes of an IPv4 or IPv6 address, brackets around it or not.
    private static func address(_ text: String) -> [UInt8]? {
        let plain = text.hasPrefix("[") && text.hasSuffix("]") ? String(text.dropFirst().dropLast()) : text
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, plain, &bytes) == 1 { return Array(bytes.prefix(4)) }
        return inet_pton(AF_INET6, plain, &bytes) == 1 ? bytes : nil
    }
}
