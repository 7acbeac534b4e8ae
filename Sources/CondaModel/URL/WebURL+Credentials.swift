import Support

extension WebURL {
    /// The text without the user, the password and the token of conda's `/t/<token>/`.
    public var withoutCredentials: String {
        var bytes = Array(text.utf8)
        if let userInfo {
            // The user comes behind the `://` of the scheme.
            let start = scheme.utf8.count + 3
            bytes.removeSubrange(start..<(start + userInfo.utf8.count + 1))
        }
        let segments = self.segments
        guard segments.count > 2, segments[0] == "t" else { return String(decoding: bytes, as: UTF8.self) }
        let token = Array("/t/\(segments[1])/".utf8)
        let place = bytes.indices.first { bytes[$0...].starts(with: token) }
        if let place { bytes.replaceSubrange(place..<(place + token.count), with: [UInt8(ascii: "/")]) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The `file:` URL of an absolute path.
    public static func file(_ path: ByteString) -> String {
        var bytes: [UInt8] = []
        // A `%` in a path is an ordinary character and has to be encoded.
        for byte in path.bytes {
            if byte == UInt8(ascii: "%") {
                bytes += "%25".utf8
            } else {
                PercentEncoding.append([byte], escaping: .path, to: &bytes)
            }
        }
        return "file://" + String(decoding: bytes, as: UTF8.self)
    }
}
