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
