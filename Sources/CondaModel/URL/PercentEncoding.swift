import Support

/// Percent-encoding of URLs (RFC 3986, WHATWG URL) and package URLs.
public enum PercentEncoding {
    /// The bytes that are encoded in one part of a URL, besides control characters and everything from 0x7F on.
    struct Set: Sendable {
        private var table: [Bool]

        private init(_ characters: String, adding other: Set? = nil) {
            table = other?.table ?? (0..<256).map { $0 < 0x20 || $0 > 0x7E }
            for byte in characters.utf8 { table[Int(byte)] = true }
        }

        func contains(_ byte: UInt8) -> Bool { table[Int(byte)] }

        static let control = Set("")
        static let fragment = Set(" \"<>`")
        static let query = Set(" \"#<>")
        static let specialQuery = Set("'", adding: query)
        static let path = Set("?`{}", adding: query)
        static let userInfo = Set("/:;=@[\\]^|", adding: path)
        static let purlName = Set("@%/", adding: path)
        static let purlVersion = Set("@%", adding: path)
        static let purlQualifier = Set("?%&+=", adding: query)
    }

    static func append(_ bytes: some Sequence<UInt8>, escaping set: Set, to output: inout [UInt8]) {
        let digits = StaticString("0123456789ABCDEF").utf8Start
        for byte in bytes {
            if set.contains(byte) {
                output.append(UInt8(ascii: "%"))
                output.append(digits[Int(byte >> 4)])
                output.append(digits[Int(byte & 15)])
            } else {
                output.append(byte)
            }
        }
    }

    /// The bytes with every `%XX` decoded; a `%` without two hexadecimal digits behind it stays.
    public static func decode(_ bytes: some Collection<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var rest = bytes[...]
        while let byte = rest.first {
            if byte == UInt8(ascii: "%"), let decoded = decodeHex(rest.dropFirst().prefix(2)), decoded.count == 1 {
                result.append(decoded[0])
                rest = rest.dropFirst(3)
            } else {
                result.append(byte)
                rest = rest.dropFirst()
            }
        }
        return result
    }
}
