import Support

/// An absolute URL in the normal form of the WHATWG URL standard: scheme and host in lower case, the default port
/// dropped, dot segments resolved, invalid characters percent-encoded. URLs are equal if their normal forms are
/// (docs/spec/lock.md#locations).
public struct WebURL: Hashable, Sendable {
    /// The normal form; ASCII. It may hold secrets: messages show `redacted`.
    public let text: String

    /// - Throws: `Failure` saying what is wrong, without the secrets of the text.
    public init(_ text: ByteString) throws {
        do throws(WebURLProblem) {
            self = try WebURL(parsing: text)
        } catch {
            throw Failure("'\(WebURL.redact(text.lossyString))' is not a valid URL", cause: error)
        }
    }

    /// - Throws: `Failure`, as the other initializer.
    public init(_ text: String) throws { try self.init(ByteString(text)) }

    init(parsing text: ByteString) throws(WebURLProblem) {
        if WebURL.isNormal(text.bytes) {
            self.text = text.lossyString
        } else {
            var parser = WebURLParser(text.bytes)
            self.text = String(decoding: try parser.normalForm(), as: UTF8.self)
        }
    }

    /// In lower case, without the colon.
    public var scheme: String { part(0..<schemeLength) }

    /// `user` or `user:password`, encoded; nil if there is none.
    public var userInfo: String? {
        guard let authority, let at = lastIndex(of: "@", in: authority) else { return nil }
        return part(authority.lowerBound..<at)
    }

    /// In lower case, IPv6 addresses in brackets; nil for URLs without a host (`file:///x`).
    public var host: String? {
        guard let range = hostAndPort else { return nil }
        let end = portColon(in: range) ?? range.upperBound
        return end == range.lowerBound ? nil : part(range.lowerBound..<end)
    }

    /// The port, unless it is the default one of the scheme.
    public var port: UInt16? {
        guard let range = hostAndPort, let colon = portColon(in: range) else { return nil }
        return UInt16(part(colon + 1..<range.upperBound))
    }

    /// Encoded, with its leading slash if it has one.
    public var path: String { part(pathRange) }

    /// Encoded, without the question mark; nil if there is none.
    public var query: String? {
        let start = pathRange.upperBound
        guard byte(at: start) == UInt8(ascii: "?") else { return nil }
        return part(start + 1..<(firstIndex(of: "#", from: start) ?? text.utf8.count))
    }

    /// Encoded, without the number sign; nil if there is none.
    public var fragment: String? {
        guard let start = firstIndex(of: "#", from: 0) else { return nil }
        return part(start + 1..<text.utf8.count)
    }

    /// The last segment of the path, not decoded; nil if the URL ends in a slash or has no path
    /// (docs/spec/lock.md#locations).
    public var lastSegment: String? {
        let path = pathRange
        guard text.utf8.last != UInt8(ascii: "/"), !path.isEmpty else { return nil }
        let start = lastIndex(of: "/", in: path).map { $0 + 1 } ?? path.lowerBound
        return start == path.upperBound ? nil : part(start..<path.upperBound)
    }

    /// The segment of the path before the last one, not decoded: the subdir in the URL of a package. Nil if there is none.
    public var folder: String? {
        let path = pathRange
        guard let end = lastIndex(of: "/", in: path) else { return nil }
        let before = path.lowerBound..<end
        guard let start = lastIndex(of: "/", in: before) else {
            return before.isEmpty ? nil : part(before)
        }
        return part(start + 1..<end)
    }

    /// The segments of the path, not decoded.
    public var segments: [String] {
        let path = path.utf8
        let rest = path.first == UInt8(ascii: "/") ? path.dropFirst() : path[...]
        return rest.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { String($0) ?? "" }
    }

    /// The URL for messages: without userinfo, the token of `/t/<token>/` and the values of the query.
    public var redacted: String { WebURL.redact(text) }
}

extension WebURL: CustomStringConvertible, Comparable {
    /// Without secrets, so that no message shows one by accident.
    public var description: String { redacted }

    /// Sorted by the bytes of the normal form.
    public static func < (left: WebURL, right: WebURL) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }
}

// Where the parts are. As the text is in normal form, the first delimiter of each kind decides.
extension WebURL {
    private func part(_ range: Range<Int>) -> String {
        withBytes { String(decoding: $0[range], as: UTF8.self) }
    }

    /// Calls `body` with the bytes of the text, which are in one piece.
    private func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        if let result = text.utf8.withContiguousStorageIfAvailable(body) { return result }
        return Array(text.utf8).withUnsafeBufferPointer(body)
    }

    private func byte(at offset: Int) -> UInt8? {
        withBytes { offset < $0.count ? $0[offset] : nil }
    }

    private func firstIndex(of character: Unicode.Scalar, from start: Int) -> Int? {
        let wanted = UInt8(ascii: character)
        return withBytes { start < $0.count ? $0[start...].firstIndex(of: wanted) : nil }
    }

    private func lastIndex(of character: Unicode.Scalar, in range: Range<Int>) -> Int? {
        let wanted = UInt8(ascii: character)
        return withBytes { $0[range].lastIndex(of: wanted) }
    }

    private var schemeLength: Int { firstIndex(of: ":", from: 0) ?? 0 }

    private var authority: Range<Int>? {
        let start = schemeLength + 1
        let slash = UInt8(ascii: "/")
        guard byte(at: start) == slash, byte(at: start + 1) == slash else { return nil }
        let end = withBytes { bytes in
            bytes[(start + 2)...].firstIndex { WebURLParser.endsAuthority($0) } ?? bytes.count
        }
        return start + 2..<end
    }

    private var hostAndPort: Range<Int>? {
        guard let authority else { return nil }
        return (lastIndex(of: "@", in: authority).map { $0 + 1 } ?? authority.lowerBound)..<authority.upperBound
    }

    private func portColon(in range: Range<Int>) -> Int? {
        guard let colon = lastIndex(of: ":", in: range) else { return nil }
        // A colon inside the brackets of an IPv6 address does not begin a port.
        return lastIndex(of: "]", in: range).map { $0 > colon } == true ? nil : colon
    }

    private var pathRange: Range<Int> {
        let start = authority?.upperBound ?? schemeLength + 1
        let end = withBytes { bytes in
            bytes[start...].firstIndex { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") } ?? bytes.count
        }
        return start..<end
    }

    /// Whether the bytes are an ordinary http or https URL in normal form. False may be wrong, true never is.
    static func isNormal(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBufferPointer { bytes in
            var index: Int
            if bytes.starts(with: "https://".utf8) {
                index = 8
            } else if bytes.starts(with: "http://".utf8) {
                index = 7
            } else {
                return false
            }
            var label = index
            let hostStart = index
            while index < bytes.count, bytes[index] != UInt8(ascii: "/") {
                switch bytes[index] {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                    break
                case UInt8(ascii: "."): label = index + 1
                default: return false
                }
                index += 1
            }
            // If the last label is not a plain word, the host may be an IPv4 address.
            guard index < bytes.count, index > hostStart, label < index,
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(bytes[label])
            else { return false }
            while index < bytes.count {
                if bytes[index] == UInt8(ascii: "/"), index + 1 < bytes.count {
                    let next = bytes[index + 1]
                    if next == UInt8(ascii: ".") || next == UInt8(ascii: "%") { return false }
                }
                if !plainPathBytes[Int(bytes[index])] { return false }
                index += 1
            }
            return true
        }
    }

    private static let plainPathBytes: [Bool] = {
        var table = [Bool](repeating: false, count: 256)
        for byte in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&()*+,;=:@%/".utf8 {
            table[Int(byte)] = true
        }
        return table
    }()
}
