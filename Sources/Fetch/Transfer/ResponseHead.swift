import Support

/// The status line and the headers of an answer; each new status line (after `100 Continue`, a proxy's answer) begins
/// again.
struct ResponseHead: Sendable {
    private(set) var status = 0
    private(set) var headers: [(name: String, value: String)] = []

    mutating func add(_ line: UnsafeRawBufferPointer) {
        let text = trimmed(line)
        if text.starts(with: Array("HTTP/".utf8)) {
            let words = text.split(separator: UInt8(ascii: " "), maxSplits: 2)
            status = words.count > 1 ? Int(String(decoding: words[1], as: UTF8.self)) ?? 0 : 0
            headers = []
        } else if let colon = text.firstIndex(of: UInt8(ascii: ":")) {
            let name = String(decoding: text[..<colon], as: UTF8.self).lowercased()
            let value = text[(colon + 1)...].withUnsafeBytes { trimmed($0) }
            // A server that never stops sending headers gets no memory for it.
            if headers.count < 200 { headers.append((name, String(decoding: value, as: UTF8.self))) }
        }
    }

    /// The first header of that lower-case name.
    subscript(name: String) -> String? { headers.first { $0.name == name }?.value }

    /// What identifies this content for `If-Range`: a strong entity tag, else the modification date.
    var validator: String? {
        if let tag = self["etag"] { return tag.hasPrefix("W/") ? nil : tag }
        return self["last-modified"]
    }

    /// `Content-Range: bytes <start>-<end>/<total>`
    var contentRange: (start: Int64, total: Int64?)? {
        guard let text = self["content-range"], text.hasPrefix("bytes ") else { return nil }
        let parts = text.dropFirst(6).split(separator: "/")
        guard parts.count == 2, let start = parts[0].split(separator: "-").first.flatMap({ Int64($0) }) else {
            return nil
        }
        return (start, Int64(parts[1]))
    }

    /// Seconds to wait that `Retry-After` asks for, as a number or a date; `now` in seconds since 1970.
    func retryAfter(now: Int64) -> Double? {
        guard let text = self["retry-after"] else { return nil }
        if let seconds = Int64(text) { return Double(max(0, seconds)) }
        return HTTPDate.seconds(text).map { Double(max(0, $0 - now)) }
    }

    private func trimmed(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }
        guard let first = bytes.firstIndex(where: { !isSpace($0) }), let last = bytes.lastIndex(where: { !isSpace($0) })
        else { return [] }
        return Array(bytes[first...last])
    }
}
