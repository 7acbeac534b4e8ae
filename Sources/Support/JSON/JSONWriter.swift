/// Writes JSON in the exact form of the original's files (docs/spec/install.md#json): two spaces per level, `": "`, one
/// element per line, `[]` and `{}` for empty ones, no final newline; only `"`, `\` and bytes below 0x20 are escaped.
public struct JSONWriter {
    /// The text so far, in UTF-8.
    public private(set) var bytes: [UInt8] = []
    /// Whether the container at each open level already has a value.
    private var hasValues: [Bool] = []
    private var afterKey = false

    /// Whether invisible characters are written as `\u…`, too.
    private let isForTerminals: Bool

    /// - Parameter forTerminals: whether people may see the JSON on a terminal. Control characters (C1 as well), those
    ///   that set the direction of text and those without width are then written as `\u…` (`VisibleText.isHidden`).
    public init(reserving capacity: Int = 1024, forTerminals: Bool = false) {
        isForTerminals = forTerminals
        bytes.reserveCapacity(capacity)
    }

    /// Writes `{`, what `body` writes, and `}`.
    public mutating func object(_ body: (inout JSONWriter) throws -> Void) rethrows {
        try container(UInt8(ascii: "{"), UInt8(ascii: "}"), body)
    }

    /// Writes `[`, what `body` writes, and `]`.
    public mutating func array(_ body: (inout JSONWriter) throws -> Void) rethrows {
        try container(UInt8(ascii: "["), UInt8(ascii: "]"), body)
    }

    /// The key of the next value; only inside `object`.
    public mutating func key(_ name: String) {
        beginValue()
        quoted(name)
        bytes.append(UInt8(ascii: ":"))
        bytes.append(UInt8(ascii: " "))
        afterKey = true
    }

    /// The key of the next value; only inside `object`.
    mutating func key(_ name: some StringProtocol) { key(String(name)) }

    /// A string.
    mutating func value(_ text: some StringProtocol) { value(String(text)) }

    /// A string.
    public mutating func value(_ text: String) {
        beginValue()
        quoted(text)
    }

    /// A string; bytes that are not UTF-8 are written as U+FFFD.
    public mutating func value(_ text: ByteString) {
        beginValue()
        text.bytes.withUnsafeBytes { bytes in
            if UTF8Validity.isValid(bytes) { quoted(bytes) } else { quoted(text.lossyString) }
        }
    }

    /// A string of hexadecimal digits.
    mutating func value(_ digest: SHA256Digest) {
        beginValue()
        bytes.append(UInt8(ascii: "\""))
        digest.withDigits { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
    }

    /// An integer.
    public mutating func value(_ number: some BinaryInteger) {
        beginValue()
        bytes.append(contentsOf: String(number).utf8)
    }

    /// Seconds as a number with three decimals.
    public mutating func value(seconds: Double) {
        beginValue()
        let thousandths = Int64(min(max(seconds, 0), 1e12) * 1000)
        let rest = String(thousandths % 1000)
        let zeros = String(repeating: "0", count: 3 - rest.utf8.count)
        bytes.append(contentsOf: "\(thousandths / 1000).\(zeros)\(rest)".utf8)
    }

    /// `true` or `false`.
    public mutating func value(_ flag: Bool) {
        beginValue()
        bytes.append(contentsOf: (flag ? "true" : "false").utf8)
    }

    /// A value of another text, in the form of this one.
    public mutating func copy(_ source: JSONValue) {
        if let members = source.members {
            object { writer in
                for member in members {
                    writer.key(member.name.lossyString)
                    writer.copy(member.value)
                }
            }
        } else if let elements = source.elements {
            array { writer in for element in elements { writer.copy(element) } }
        } else if let text = source.bytes {
            value(text)
        } else {
            beginValue()
            bytes.append(contentsOf: source.rawText.utf8)
        }
    }

    /// `null`.
    mutating func null() {
        beginValue()
        bytes.append(contentsOf: "null".utf8)
    }

    /// An array of strings.
    public mutating func value(_ texts: some Sequence<String>) {
        array { writer in for text in texts { writer.value(text) } }
    }

    // Conveniences for optional members.

    /// A member with a string; nothing for nil.
    public mutating func member(_ name: String, _ text: String?) {
        guard let text else { return }
        key(name)
        value(text)
    }

    /// A member with hexadecimal digits; nothing for nil.
    public mutating func member(_ name: String, _ digest: SHA256Digest?) {
        guard let digest else { return }
        key(name)
        value(digest)
    }

    /// A member with a number; nothing for nil.
    public mutating func member(_ name: String, _ number: (some BinaryInteger)?) {
        guard let number else { return }
        key(name)
        value(number)
    }

    /// A member with an array of strings; nothing for nil.
    public mutating func member(_ name: String, _ texts: [String]?) {
        guard let texts else { return }
        key(name)
        value(texts)
    }

    /// A member that is an array with an object for each of `elements`.
    public mutating func objects<Elements: Sequence>(
        _ name: String, _ elements: Elements, _ body: (inout JSONWriter, Elements.Element) throws -> Void
    ) rethrows {
        key(name)
        try array { writer in
            for element in elements { try writer.object { try body(&$0, element) } }
        }
    }

    /// Calls `body` with the text so far, to which it adds a value.
    mutating func withText(_ body: (inout [UInt8]) -> Void) {
        beginValue()
        body(&bytes)
    }

    private mutating func container(
        _ opening: UInt8, _ closing: UInt8, _ body: (inout JSONWriter) throws -> Void
    ) rethrows {
        beginValue()
        bytes.append(opening)
        hasValues.append(false)
        try body(&self)
        if hasValues.removeLast() { newLine() }
        bytes.append(closing)
    }

    private mutating func beginValue() {
        if afterKey {
            afterKey = false
            return
        }
        let last = hasValues.count - 1
        guard last >= 0 else { return }
        if hasValues[last] { bytes.append(UInt8(ascii: ",")) }
        hasValues[last] = true
        newLine()
    }

    private mutating func newLine() {
        bytes.append(UInt8(ascii: "\n"))
        var missing = hasValues.count * 2
        while missing > 0 {
            let count = min(missing, Self.spaces.utf8CodeUnitCount)
            bytes.append(contentsOf: UnsafeBufferPointer(start: Self.spaces.utf8Start, count: count))
            missing -= count
        }
    }

    private static let spaces: StaticString = "                "

    private mutating func quoted(_ text: String) {
        var text = text
        text.withUTF8 { quoted(UnsafeRawBufferPointer($0)) }
    }

    private mutating func quoted(_ text: UnsafeRawBufferPointer) {
        if isForTerminals, text.contains(where: { $0 >= 0x7F }) { return quotedVisibly(text) }
        bytes.append(UInt8(ascii: "\""))
        var position = 0
        while position < text.count {
            let start = position
            position = PlainText.end(in: text, from: position)
            bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: text[start..<position]))
            if position == text.count { break }
            escape(text[position])
            position += 1
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case 0x08: bytes.append(contentsOf: "\\b".utf8)
        case 0x09: bytes.append(contentsOf: "\\t".utf8)
        case 0x0A: bytes.append(contentsOf: "\\n".utf8)
        case 0x0C: bytes.append(contentsOf: "\\f".utf8)
        case 0x0D: bytes.append(contentsOf: "\\r".utf8)
        case 0..<0x20: bytes.append(contentsOf: "\\u00\(encodeHex([byte]))".utf8)
        default:
            bytes.append(UInt8(ascii: "\\"))
            bytes.append(byte)
        }
    }

    private mutating func quotedVisibly(_ text: UnsafeRawBufferPointer) {
        var escaped = "\""
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
            switch scalar {
            case "\"", "\\": escaped += "\\\(scalar)"
            case _ where VisibleText.isHidden(scalar):
                for unit in UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter {
                    escaped += "\\u" + encodeHex([UInt8(unit >> 8), UInt8(unit & 0xFF)])
                }
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        bytes += escaped.utf8
        bytes.append(UInt8(ascii: "\""))
    }
}
