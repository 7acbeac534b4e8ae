import Support

/// Percent-encoding of URLs, over bytes.
enum PercentCoding {
    /// What no encoding touches: letters, digits, `-`, `.`, `_`, `~` (RFC 3986).
    static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }

    /// Everything but the unreserved bytes and those of `keeping` becomes `%XX`.
    static func encode(_ bytes: some Sequence<UInt8>, keeping: String = "") -> String {
        let kept = Array(keeping.utf8)
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        for byte in bytes {
            if isUnreserved(byte) || kept.contains(byte) {
                result.append(byte)
            } else {
                result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// `%XX` becomes its byte; a `%` without two digits stays.
    static func decode(_ text: String) -> ByteString {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
                let decoded = decodeHex(bytes[(index + 1)...(index + 2)])
            {
                result += decoded
                index += 3
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return ByteString(result)
    }
}
