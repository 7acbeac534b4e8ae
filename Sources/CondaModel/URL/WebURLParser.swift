import Support

/// The URL parser and serialiser of the WHATWG URL standard, for absolute URLs. It makes the normal form directly from
/// the text.
struct WebURLParser {
    private let input: [UInt8]
    private var output: [UInt8] = []
    private var scheme: [UInt8] = []
    private var isSpecial: Bool { WebURLParser.specialSchemes.contains { scheme.elementsEqual($0.utf8) } }

    private static let specialSchemes = ["http", "https", "ws", "wss", "ftp", "file"]

    static func defaultPort(of scheme: String) -> UInt16? {
        switch scheme {
        case "http", "ws": 80
        case "https", "wss": 443
        case "ftp": 21
        default: nil
        }
    }

    init(_ text: [UInt8]) {
        // Surrounding blanks and control characters are dropped, tabs and line ends anywhere.
        let start = text.firstIndex { $0 > 0x20 } ?? text.endIndex
        let end = text.lastIndex { $0 > 0x20 }.map { $0 + 1 } ?? start
        input = text[start..<end].filter { $0 != 9 && $0 != 10 && $0 != 13 }
    }

    /// The length of the scheme; nil if the text does not begin with one.
    static func schemeLength(_ text: some Collection<UInt8>) -> Int? {
        guard let first = text.first, isASCIILetter(first) else { return nil }
        var length = 0
        for byte in text {
            switch byte {
            case UInt8(ascii: ":"): return length
            case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "0")...UInt8(ascii: "9"): break
            default: guard isASCIILetter(byte) else { return nil }
            }
            length += 1
        }
        return nil
    }

    mutating func normalForm() throws(WebURLProblem) -> [UInt8] {
        guard let length = WebURLParser.schemeLength(input) else { throw .relative }
        scheme = input[..<length].map { asciiLowercased($0) }
        output = scheme + [UInt8(ascii: ":")]
        let rest = input[(length + 1)...]
        let fragment = rest.firstIndex(of: UInt8(ascii: "#")) ?? rest.endIndex
        let query = rest[..<fragment].firstIndex(of: UInt8(ascii: "?")) ?? fragment
        try hierarchy(rest[..<query])
        if query < fragment {
            output.append(UInt8(ascii: "?"))
            PercentEncoding.append(
                rest[(query + 1)..<fragment], escaping: isSpecial ? .specialQuery : .query, to: &output)
        }
        if fragment < rest.endIndex {
            output.append(UInt8(ascii: "#"))
            PercentEncoding.append(rest[(fragment + 1)...], escaping: .fragment, to: &output)
        }
        return output
    }

    /// Reads what is between the scheme and the query.
    private mutating func hierarchy(_ text: ArraySlice<UInt8>) throws(WebURLProblem) {
        if scheme.elementsEqual("file".utf8) {
            try fileHierarchy(text)
        } else if isSpecial {
            // Any number of slashes or backslashes may follow.
            let start = text.firstIndex { !isSlash($0) } ?? text.endIndex
            try authorityAndPath(text[start...])
        } else if text.starts(with: "//".utf8) {
            try authorityAndPath(text.dropFirst(2))
        } else if text.first == UInt8(ascii: "/") {
            let path = normalPath(text)
            // Without `/.` the result would be read as a host.
            if path.starts(with: "//".utf8) { output += Array("/.".utf8) }
            output += path
        } else {
            PercentEncoding.append(text, escaping: .control, to: &output)
        }
    }

    private mutating func authorityAndPath(_ text: ArraySlice<UInt8>) throws(WebURLProblem) {
        let special = isSpecial
        let end =
            text.firstIndex { $0 == UInt8(ascii: "/") || (special && $0 == UInt8(ascii: "\\")) } ?? text.endIndex
        output += [UInt8(ascii: "/"), UInt8(ascii: "/")]
        try authority(text[..<end])
        output += normalPath(text[end...])
    }

    private mutating func fileHierarchy(_ text: ArraySlice<UInt8>) throws(WebURLProblem) {
        output += Array("//".utf8)
        guard let first = text.first, isSlash(first), let second = text.dropFirst().first, isSlash(second) else {
            output += normalPath(text)
            return
        }
        let rest = text.dropFirst(2)
        let end = rest.firstIndex { isSlash($0) } ?? rest.endIndex
        let hostText = rest[..<end]
        if WebURLParser.isDriveLetter(hostText) {
            output += normalPath(rest)
            return
        }
        if !hostText.isEmpty {
            let host = try WebHost.normalForm(hostText, isSpecial: true)
            if !host.elementsEqual("localhost".utf8) { output += host }
        }
        output += normalPath(rest[end...])
    }

    private mutating func authority(_ text: ArraySlice<UInt8>) throws(WebURLProblem) {
        var hostText = text
        if let at = text.lastIndex(of: UInt8(ascii: "@")) {
            let userInfo = text[..<at]
            hostText = text[(at + 1)...]
            if hostText.isEmpty { throw .emptyHost }
            let colon = userInfo.firstIndex(of: UInt8(ascii: ":")) ?? userInfo.endIndex
            PercentEncoding.append(userInfo[..<colon], escaping: .userInfo, to: &output)
            let password = userInfo[colon...].dropFirst()
            if !password.isEmpty {
                output.append(UInt8(ascii: ":"))
                PercentEncoding.append(password, escaping: .userInfo, to: &output)
            }
            if colon > userInfo.startIndex || !password.isEmpty { output.append(UInt8(ascii: "@")) }
        }
        let bracket = hostText.lastIndex(of: UInt8(ascii: "]")) ?? hostText.startIndex
        let colon = hostText[bracket...].firstIndex(of: UInt8(ascii: ":")) ?? hostText.endIndex
        let host = hostText[..<colon]
        let port = hostText[colon...].dropFirst()
        if host.isEmpty && (isSpecial || hostText.startIndex != text.startIndex || !port.isEmpty) { throw .emptyHost }
        output += try WebHost.normalForm(host, isSpecial: isSpecial)
        if port.isEmpty { return }
        guard port.allSatisfy({ isASCIIDigit($0) }),
            let number = UInt16(String(decoding: port, as: UTF8.self))
        else { throw .invalidPort }
        if number != WebURLParser.defaultPort(of: String(decoding: scheme, as: UTF8.self)) {
            output += Array(":\(number)".utf8)
        }
    }

    /// The path with its dot segments resolved and its characters encoded.
    private func normalPath(_ text: ArraySlice<UInt8>) -> [UInt8] {
        let special = isSpecial
        let isFile = scheme.elementsEqual("file".utf8)
        if text.isEmpty { return special ? [UInt8(ascii: "/")] : [] }
        var rest = text
        if let first = rest.first, first == UInt8(ascii: "/") || (special && isSlash(first)) { rest = rest.dropFirst() }
        var segments: [[UInt8]] = []
        let parts = rest.split(omittingEmptySubsequences: false) {
            $0 == UInt8(ascii: "/") || (special && $0 == UInt8(ascii: "\\"))
        }
        for (index, part) in parts.enumerated() {
            let isLast = index == parts.count - 1
            switch WebURLParser.dots(part) {
            case 2:
                let isDrive = isFile && segments.count == 1 && WebURLParser.isDriveLetter(segments[0][...])
                if !isDrive { _ = segments.popLast() }
                if isLast { segments.append([]) }
            case 1:
                if isLast { segments.append([]) }
            default:
                var segment: [UInt8] = []
                PercentEncoding.append(part, escaping: .path, to: &segment)
                if isFile && segments.isEmpty && WebURLParser.isDriveLetter(part) { segment[1] = UInt8(ascii: ":") }
                segments.append(segment)
            }
        }
        return segments.reduce(into: []) { path, segment in
            path.append(UInt8(ascii: "/"))
            path += segment
        }
    }

    /// 1 for `.`, 2 for `..`, also percent-encoded; else 0.
    private static func dots(_ segment: ArraySlice<UInt8>) -> Int {
        var rest = segment
        var count = 0
        while let first = rest.first {
            if first == UInt8(ascii: ".") {
                rest = rest.dropFirst()
            } else if rest.starts(with: "%2e".utf8) || rest.starts(with: "%2E".utf8) {
                rest = rest.dropFirst(3)
            } else {
                return 0
            }
            count += 1
        }
        return count <= 2 ? count : 0
    }

    private static func isDriveLetter(_ text: ArraySlice<UInt8>) -> Bool {
        guard text.count == 2, let first = text.first, let last = text.last else { return false }
        return isASCIILetter(first) && (last == UInt8(ascii: ":") || last == UInt8(ascii: "|"))
    }

    static func endsAuthority(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#")
    }
}

private func isSlash(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "/") || byte == UInt8(ascii: "\\") }
