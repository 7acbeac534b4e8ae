import LibC
import Support

/// The host of a URL in normal form: names in lower case and ASCII, IPv4 in four decimal parts, IPv6 compressed.
enum WebHost {
    static func normalForm(_ text: ArraySlice<UInt8>, isSpecial: Bool) throws(WebURLProblem) -> [UInt8] {
        if text.first == UInt8(ascii: "[") {
            guard text.last == UInt8(ascii: "]") else { throw .invalidIPv6 }
            return try ipv6(text.dropFirst().dropLast())
        }
        guard isSpecial else {
            if text.contains(where: { forbidden.contains($0) }) { throw .invalidHost }
            var host: [UInt8] = []
            PercentEncoding.append(text, escaping: .control, to: &host)
            return host
        }
        let name = try ascii(PercentEncoding.decode(text))
        if name.contains(where: { $0 < 0x20 || $0 == 0x7F || $0 == UInt8(ascii: "%") || forbidden.contains($0) }) {
            throw .invalidHost
        }
        if name.isEmpty { throw .emptyHost }
        return try ipv4(name) ?? name
    }

    private static let forbidden = Set("\0\t\n\r #/:<>?@[\\]^|".utf8)

    /// The name in lower case, with labels outside ASCII in Punycode.
    private static func ascii(_ bytes: [UInt8]) throws(WebURLProblem) -> [UInt8] {
        if bytes.allSatisfy({ $0 < 0x80 }) { return bytes.map { asciiLowercased($0) } }
        guard let text = ByteString(bytes).string else { throw .invalidHostName }
        var result: [UInt8] = []
        // The ideographic full stops count as dots (UTS #46).
        let dots: [Unicode.Scalar] = [".", "\u{3002}", "\u{FF0E}", "\u{FF61}"]
        let labels = text.lowercased().unicodeScalars.split(omittingEmptySubsequences: false) { dots.contains($0) }
        for (index, label) in labels.enumerated() {
            if index > 0 { result.append(UInt8(ascii: ".")) }
            if label.allSatisfy(\.isASCII) {
                result += Array(String(label).utf8)
            } else {
                guard let code = Punycode.encode(Array(label)) else { throw .invalidHostName }
                result += Array("xn--".utf8) + code
            }
        }
        return result
    }

    /// The normal form of an IPv4 address; nil if the name is not one, as its last label is not a number.
    private static func ipv4(_ name: [UInt8]) throws(WebURLProblem) -> [UInt8]? {
        var labels = name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        if labels.count > 1, labels.last?.isEmpty == true { labels.removeLast() }
        guard let last = labels.last, !last.isEmpty else { return nil }
        let isNumeric = last.allSatisfy { isASCIIDigit($0) }
        guard isNumeric || number(last) != nil else { return nil }
        guard labels.count <= 4 else { throw .invalidIPv4 }
        var address: UInt64 = 0
        for (index, label) in labels.enumerated() {
            guard let value = number(label) else { throw .invalidIPv4 }
            if index < labels.count - 1 {
                guard value < 256 else { throw .invalidIPv4 }
                address |= value << UInt64(8 * (3 - index))
            } else {
                guard value < 1 << UInt64(8 * (5 - labels.count)) else { throw .invalidIPv4 }
                address |= value
            }
        }
        let parts = [24, 16, 8, 0].map { String(address >> UInt64($0) & 255) }
        return Array(parts.joined(separator: ".").utf8)
    }

    /// The value of a label: decimal, octal with a leading 0, or hexadecimal with a leading 0x.
    private static func number(_ label: ArraySlice<UInt8>) -> UInt64? {
        let text = String(decoding: label, as: UTF8.self)
        if text.isEmpty { return nil }
        // Swift's parser would accept a sign.
        guard label.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }) else { return nil }
        if text.hasPrefix("0x") { return label.count == 2 ? 0 : UInt64(text.dropFirst(2), radix: 16) }
        if text.hasPrefix("0") && label.count > 1 { return UInt64(text, radix: 8) }
        return UInt64(text)
    }

    private static func ipv6(_ text: ArraySlice<UInt8>) throws(WebURLProblem) -> [UInt8] {
        var address = in6_addr()
        guard !text.contains(0), ByteString(text).withCString({ inet_pton(AF_INET6, $0, &address) }) == 1 else {
            throw .invalidIPv6
        }
        let bytes = withUnsafeBytes(of: &address) { Array($0) }
        let pieces = (0..<8).map { UInt16(bytes[2 * $0]) << 8 | UInt16(bytes[2 * $0 + 1]) }
        let zeros = longestZeroRun(pieces)
        var result = "["
        var index = 0
        while index < 8 {
            if index == zeros.lowerBound && zeros.count > 1 {
                result += index == 0 ? "::" : ":"
                index = zeros.upperBound
                continue
            }
            result += String(pieces[index], radix: 16)
            if index < 7 { result += ":" }
            index += 1
        }
        return Array((result + "]").utf8)
    }

    private static func longestZeroRun(_ pieces: [UInt16]) -> Range<Int> {
        var best = 0..<0
        var start = 0
        for (index, piece) in pieces.enumerated() {
            if piece != 0 {
                start = index + 1
            } else if index + 1 - start > best.count {
                best = start..<(index + 1)
            }
        }
        return best
    }
}
