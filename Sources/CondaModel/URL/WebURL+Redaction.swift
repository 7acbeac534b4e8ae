import Support

extension WebURL {
    private static let mark = Array("***".utf8)

    /// Parameters of Git URLs, which hold no secret and say which version is meant.
    private static let openParameters: Set<ByteString> = ["branch", "rev", "subdirectory", "tag"]

    /// Replaces the secrets by `***` in a text that is, or should be, a URL: userinfo, the token of `/t/<token>/`, and
    /// the values of the query except those of Git URLs. For messages.
    public static func redact(_ text: String) -> String {
        var bytes = Array(text.utf8)
        guard let scheme = firstIndex(of: "://", in: bytes[...]) else { return text }
        // A text that is not a URL may have these characters anywhere.
        let authority = scheme + 3
        let fragment = bytes[authority...].firstIndex(of: UInt8(ascii: "#")) ?? bytes.endIndex
        let query = bytes[authority..<fragment].firstIndex(of: UInt8(ascii: "?"))
        if let query { bytes.replaceSubrange(query..<fragment, with: redactedQuery(bytes[query..<fragment])) }

        let pathEnd = query ?? fragment
        let authorityEnd =
            bytes[authority..<pathEnd].firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") } ?? pathEnd
        if let token = tokenRange(in: bytes[authorityEnd..<pathEnd]) { bytes.replaceSubrange(token, with: mark) }
        // `git` is the user name that everybody has at a Git server.
        if let at = bytes[authority..<authorityEnd].lastIndex(of: UInt8(ascii: "@")),
            !bytes[authority..<at].elementsEqual("git".utf8)
        {
            bytes.replaceSubrange(authority..<at, with: mark)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// `?a=1&b` → `?a=***&***`. A part without `=` may be a secret itself.
    private static func redactedQuery(_ query: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        for (index, part) in query.dropFirst().split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false)
            .enumerated()
        {
            result.append(index == 0 ? UInt8(ascii: "?") : UInt8(ascii: "&"))
            if let equals = part.firstIndex(of: UInt8(ascii: "=")) {
                let isOpen = openParameters.contains(ByteString(part[..<equals]))
                result += isOpen ? part : part[...equals] + mark
            } else if !part.isEmpty {
                result += mark
            }
        }
        return result
    }

    /// Where the token of conda's `/t/<token>/` is; nil if there is none.
    private static func tokenRange(in path: ArraySlice<UInt8>) -> Range<Int>? {
        guard let start = firstIndex(of: "/t/", in: path).map({ $0 + 3 }) else { return nil }
        let end = path[start...].firstIndex(of: UInt8(ascii: "/")) ?? path.endIndex
        return end == start ? nil : start..<end
    }

    private static func firstIndex(of text: StaticString, in bytes: ArraySlice<UInt8>) -> Int? {
        let wanted = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        return bytes.indices.first { bytes[$0...].starts(with: wanted) }
    }
}
