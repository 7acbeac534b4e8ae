import Support

/// Percent-encoding of URLs (RFC 3986, WHATWG URL) and package URLs.
public enum PercentEncoding {
    /// The bytes that are encoded in one part of a URL, besides control characters and everything from 0x7F on.
    public struct Set: Sendable {
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
        /// A path of the file system.
        public static let filePath = Set("%\\", adding: path)
        /// Everything but the unreserved bytes (RFC 3986, section 2.3): letters, digits, `-`, `.`, `_`, `~`.
        public static let reserved = keeping("")

        /// Everything but the unreserved bytes and these.
        public static func keeping(_ characters: String) -> Set {
            var set = Set("")
            set.table = (0..<256).map { !isASCIIAlphanumeric(UInt8($0)) && !"-._~".utf8.contains(UInt8($0)) }
            for byte in characters.utf8 { set.table[Int(byte)] = false }
            return set
        }
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

    /// The text in which the bytes of the set are `%XX`.
    public static func encode(_ bytes: some Sequence<UInt8>, escaping set: Set = .reserved) -> String {
        var output: [UInt8] = []
        append(bytes, escaping: set, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    /// The bytes with every `%XX` decoded; a `%` without two hexadecimal digits behind it stays.
    public static func decode(_ bytes: some Collection<UInt8>) -> [UInt8] {
        guard bytes.contains(UInt8(ascii: "%")) else { return Array(bytes) }
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
