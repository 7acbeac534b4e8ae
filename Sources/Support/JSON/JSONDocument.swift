/// A parsed JSON text (RFC 8259). Only the text is kept, and where its large values end. Strings are decoded and
/// members looked up when they are asked for, so that reading needs next to no memory besides the text. Object members
/// keep their order.
public final class JSONDocument: Sendable {
    /// Deeper nesting is refused, as serde_json does.
    static let maximumDepth = 128

    /// Where an array or object begins and ends, kept for those that would take time to walk over again.
    struct Extent: Sendable {
        /// The length in bytes from which extents are kept. As nesting has at most 128 levels, extents never need more
        /// memory than the text.
        static let threshold = 1024
        let start: UInt32
        /// Behind the value.
        var end: UInt32
    }

    let source: [UInt8]
    private let extents: [Extent]
    /// Where the value begins.
    private let start: Int

    /// Parses and checks the whole text.
    ///
    /// - Throws: `Failure` with the line and column of the first mistake.
    public init(_ source: [UInt8]) throws {
        guard source.count < Int(UInt32.max) else { throw Failure("JSON text of more than 4 GiB") }
        guard UTF8Validity.isValid(source) else { throw Failure("JSON text is not valid UTF-8") }
        self.source = source
        (start, extents) = try source.withUnsafeBufferPointer { bytes in
            var parser = JSONParser(bytes: bytes)
            return try parser.parse()
        }
    }

    /// The value that is the whole document.
    public var root: JSONValue { JSONValue(document: self, start: start) }

    /// The position behind the value that begins at `start`. The text was checked already.
    func end(of start: Int) -> Int {
        source.withUnsafeBufferPointer { bytes in
            switch bytes[start] {
            case UInt8(ascii: "\""): return JSONDocument.endOfString(bytes, start)
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                return endOfExtent(start) ?? JSONDocument.endOfContainer(bytes, start)
            default:
                var position = start
                while position < bytes.count, !JSONDocument.endsWord(bytes[position]) { position += 1 }
                return position
            }
        }
    }

    /// The next position, from `position` on, that is neither white space nor a separator.
    func skipSeparators(_ position: Int) -> Int {
        source.withUnsafeBufferPointer { bytes in
            var position = position
            while position < bytes.count {
                switch bytes[position] {
                case 0x20: position = PlainText.endOfSpaces(in: UnsafeRawBufferPointer(bytes), from: position)
                case 0x0A, 0x0D, 0x09, UInt8(ascii: ","), UInt8(ascii: ":"): position += 1
                default: return position
                }
            }
            return position
        }
    }

    private func endOfExtent(_ start: Int) -> Int? {
        var (low, high) = (0, extents.count)
        while low < high {
            let middle = (low + high) / 2
            if extents[middle].start < start { low = middle + 1 } else { high = middle }
        }
        return low < extents.count && extents[low].start == start ? Int(extents[low].end) : nil
    }

    private static func endOfString(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int {
        var position = start + 1
        while true {
            position = PlainText.end(in: UnsafeRawBufferPointer(bytes), from: position)
            if position >= bytes.count { return bytes.count }
            if bytes[position] == UInt8(ascii: "\"") { return position + 1 }
            position += 2
        }
    }

    private static func endOfContainer(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int {
        var (position, depth) = (start, 0)
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position = endOfString(bytes, position)
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if depth == 0 { return position + 1 }
            default: break
            }
            position += 1
        }
        return bytes.count
    }

    private static func endsWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x20, 0x0A, 0x0D, 0x09, UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"): true
        default: false
        }
    }
}

/// One value of a `JSONDocument`.
public struct JSONValue: Sendable {
    let document: JSONDocument
    /// The position of its first byte; for a string that of the quote.
    let start: Int

    private var first: UInt8 { document.source[start] }

    /// Whether the value is `null`.
    public var isNull: Bool { first == UInt8(ascii: "n") }
    /// Whether the value is an object.
    public var isObject: Bool { first == UInt8(ascii: "{") }
    /// Whether the value is an array.
    public var isArray: Bool { first == UInt8(ascii: "[") }
    var isString: Bool { first == UInt8(ascii: "\"") }

    /// The value of `true` or `false`; nil for other kinds.
    public var bool: Bool? {
        switch first {
        case UInt8(ascii: "t"): true
        case UInt8(ascii: "f"): false
        default: nil
        }
    }

    /// The bytes of a string, with escapes decoded; nil for other kinds.
    public var bytes: ByteString? {
        guard isString else { return nil }
        let content = document.source[(start + 1)..<(document.end(of: start) - 1)]
        return ByteString(content.contains(UInt8(ascii: "\\")) ? unescape(content) : Array(content))
    }

    /// The text of a string; nil for other kinds.
    public var string: String? { bytes.map { String(decoding: $0.bytes, as: UTF8.self) } }

    /// An integer that fits into 64 bits; nil for other kinds, fractions and exponents.
    public var int64: Int64? { isNumber ? Int64(rawText) : nil }

    /// A non-negative integer that fits into 64 bits; nil for other kinds, fractions and exponents.
    public var uint64: UInt64? { isNumber ? UInt64(rawText) : nil }

    private var isNumber: Bool { first == UInt8(ascii: "-") || (0x30...0x39).contains(first) }

    /// The source text of the value.
    public var rawText: String { String(decoding: document.source[start..<document.end(of: start)], as: UTF8.self) }

    /// The kind of the value in words, for messages.
    public var kindName: String {
        switch first {
        case UInt8(ascii: "n"): "null"
        case UInt8(ascii: "t"), UInt8(ascii: "f"): "boolean"
        case UInt8(ascii: "\""): "string"
        case UInt8(ascii: "["): "sequence"
        case UInt8(ascii: "{"): "map"
        default: rawText.utf8.contains { ".eE".utf8.contains($0) } ? "floating point number" : "integer"
        }
    }

    /// The elements of an array; nil for other kinds.
    public var elements: Elements? { isArray ? Elements(document: document, array: start) : nil }

    /// The members of an object in document order, duplicates included; nil for other kinds.
    public var members: Members? { isObject ? Members(document: document, object: start) : nil }

    /// The last member of that name; nil for other kinds and when there is none.
    public subscript(key: StaticString) -> JSONValue? {
        guard let members else { return nil }
        var found: JSONValue?
        for member in members where member.isNamed(key) { found = member.value }
        return found
    }

    /// The last member of that name that is not null.
    public func present(_ key: StaticString) -> JSONValue? {
        guard let value = self[key], !value.isNull else { return nil }
        return value
    }

    /// The elements of an array, in order.
    public struct Elements: Sequence, IteratorProtocol, Sendable {
        /// How many there are. This walks over all of them.
        public var count: Int { reduce(0) { count, _ in count + 1 } }

        private let document: JSONDocument
        private var position: Int

        fileprivate init(document: JSONDocument, array: Int) {
            self.document = document
            position = document.skipSeparators(array + 1)
        }

        public mutating func next() -> JSONValue? {
            guard document.source[position] != UInt8(ascii: "]") else { return nil }
            defer { position = document.skipSeparators(document.end(of: position)) }
            return JSONValue(document: document, start: position)
        }
    }

    /// A member of an object.
    public struct Member: Sendable {
        private let key: JSONValue
        /// What stands behind the colon.
        public let value: JSONValue

        fileprivate init(key: JSONValue, value: JSONValue) { (self.key, self.value) = (key, value) }

        /// The name, with escapes decoded.
        public var name: ByteString { key.bytes ?? ByteString() }

        /// Whether the name is `name`. Only a name with escapes has to be decoded.
        public func isNamed(_ name: StaticString) -> Bool {
            let (start, length) = (key.start + 1, name.utf8CodeUnitCount)
            return key.document.source.withUnsafeBufferPointer { bytes in
                for offset in 0..<length {
                    let byte = start + offset < bytes.count ? bytes[start + offset] : 0
                    if byte == name.utf8Start[offset] { continue }
                    guard byte == UInt8(ascii: "\\") else { return false }
                    return self.name.bytes.elementsEqual(UnsafeBufferPointer(start: name.utf8Start, count: length))
                }
                return start + length < bytes.count && bytes[start + length] == UInt8(ascii: "\"")
            }
        }
    }

    /// The members of an object, in order; the same name may occur several times.
    public struct Members: Sequence, IteratorProtocol, Sendable {
        /// How many there are. This walks over all of them.
        public var count: Int { reduce(0) { count, _ in count + 1 } }

        private let document: JSONDocument
        private var position: Int

        fileprivate init(document: JSONDocument, object: Int) {
            self.document = document
            position = document.skipSeparators(object + 1)
        }

        public mutating func next() -> Member? {
            guard document.source[position] != UInt8(ascii: "}") else { return nil }
            let key = JSONValue(document: document, start: position)
            let value = document.skipSeparators(document.end(of: position))
            defer { position = document.skipSeparators(document.end(of: value)) }
            return Member(key: key, value: JSONValue(document: document, start: value))
        }
    }
}

/// Decodes the escapes of a string that the parser has checked; lone surrogates become U+FFFD.
private func unescape(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var index = bytes.startIndex
    func hexUnit(_ at: Int) -> UInt32? {
        guard at + 4 <= bytes.endIndex, let pair = decodeHex(bytes[at..<at + 4]) else { return nil }
        return UInt32(pair[0]) << 8 | UInt32(pair[1])
    }
    while index < bytes.endIndex {
        let byte = bytes[index]
        guard byte == UInt8(ascii: "\\"), index + 1 < bytes.endIndex else {
            result.append(byte)
            index += 1
            continue
        }
        let escape = bytes[index + 1]
        index += 2
        switch escape {
        case UInt8(ascii: "b"): result.append(0x08)
        case UInt8(ascii: "f"): result.append(0x0C)
        case UInt8(ascii: "n"): result.append(0x0A)
        case UInt8(ascii: "r"): result.append(0x0D)
        case UInt8(ascii: "t"): result.append(0x09)
        case UInt8(ascii: "u"):
            var unit = hexUnit(index) ?? 0xFFFD
            index += 4
            if (0xD800..<0xDC00).contains(unit), index + 1 < bytes.endIndex, bytes[index] == UInt8(ascii: "\\"),
                bytes[index + 1] == UInt8(ascii: "u"), let low = hexUnit(index + 2), (0xDC00..<0xE000).contains(low)
            {
                unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
                index += 6
            }
            result.append(contentsOf: Character(Unicode.Scalar(unit) ?? "\u{FFFD}").utf8)
        default: result.append(escape)
        }
    }
    return result
}
