/// A parsed JSON text (RFC 8259): nodes in document order over the untouched source, so that reading a large
/// `paths.json` costs one pass and two allocations. Strings are decoded when asked for. Object members keep their order.
public final class JSONDocument: Sendable {
    /// Deeper nesting is refused, as serde_json does.
    public static let maximumDepth = 128

    struct Node: Sendable {
        enum Kind: UInt8 { case null, no, yes, integer, real, string, escapedString, array, object }
        var kind: Kind
        /// First byte of the value (strings: behind the quote).
        var start: UInt32
        /// Byte behind the value (strings: the closing quote).
        var end: UInt32
        /// Index of the node behind this value and all below it.
        var next: UInt32
        /// Elements of an array, members of an object.
        var count: UInt32
    }

    let source: [UInt8]
    let nodes: [Node]

    /// - Throws: `Failure` with line and column of what is wrong.
    public init(_ source: [UInt8]) throws {
        guard source.count < Int(UInt32.max) else { throw Failure("JSON text of more than 4 GiB") }
        guard String(validating: source, as: UTF8.self) != nil else { throw Failure("JSON text is not valid UTF-8") }
        self.source = source
        nodes = try source.withUnsafeBufferPointer { bytes in
            var parser = JSONParser(bytes: bytes)
            return try parser.parse()
        }
    }

    public var root: JSONValue { JSONValue(document: self, index: 0) }
}

/// One value of a `JSONDocument`.
public struct JSONValue: Sendable {
    let document: JSONDocument
    let index: Int

    private var node: JSONDocument.Node { document.nodes[index] }

    public var isNull: Bool { node.kind == .null }
    public var isObject: Bool { node.kind == .object }
    public var isArray: Bool { node.kind == .array }
    public var isString: Bool { node.kind == .string || node.kind == .escapedString }

    public var bool: Bool? {
        switch node.kind {
        case .yes: true
        case .no: false
        default: nil
        }
    }

    /// The bytes of a string, escapes decoded.
    public var bytes: ByteString? {
        let node = node
        switch node.kind {
        case .string: return ByteString(document.source[Int(node.start)..<Int(node.end)])
        case .escapedString: return ByteString(unescape(document.source[Int(node.start)..<Int(node.end)]))
        default: return nil
        }
    }

    /// The text of a string.
    public var string: String? { bytes.map { String(decoding: $0.bytes, as: UTF8.self) } }

    /// An integer that fits; nil for other kinds, fractions and exponents.
    public var int64: Int64? { integerText.flatMap { Int64($0) } }

    /// A non-negative integer that fits; nil for other kinds, fractions and exponents.
    public var uint64: UInt64? { integerText.flatMap { UInt64($0) } }

    private var integerText: String? {
        let node = node
        guard node.kind == .integer else { return nil }
        return String(decoding: document.source[Int(node.start)..<Int(node.end)], as: UTF8.self)
    }

    /// The source text of the value.
    public var rawText: String {
        let node = node
        switch node.kind {
        case .string, .escapedString:
            return String(decoding: document.source[Int(node.start) - 1...Int(node.end)], as: UTF8.self)
        default: return String(decoding: document.source[Int(node.start)..<Int(node.end)], as: UTF8.self)
        }
    }

    /// A name for the kind of value, for messages.
    public var kindName: String {
        switch node.kind {
        case .null: "null"
        case .no, .yes: "boolean"
        case .integer: "integer"
        case .real: "floating point number"
        case .string, .escapedString: "string"
        case .array: "sequence"
        case .object: "map"
        }
    }

    /// The elements of an array; nil for other kinds.
    public var elements: Elements? { node.kind == .array ? Elements(document: document, array: index) : nil }

    /// The members of an object in document order, duplicates included; nil for other kinds.
    public var members: Members? { node.kind == .object ? Members(document: document, object: index) : nil }

    /// The last member of that name; nil for other kinds and when there is none.
    public subscript(key: StaticString) -> JSONValue? {
        var found: JSONValue?
        for member in members ?? Members(document: document, object: nil) where member.isNamed(key) {
            found = member.value
        }
        return found
    }

    /// The last member of that name that is not null.
    public func present(_ key: StaticString) -> JSONValue? {
        guard let value = self[key], !value.isNull else { return nil }
        return value
    }

    public struct Elements: Sequence, IteratorProtocol, Sendable {
        let document: JSONDocument
        var index: Int
        let end: Int
        public let count: Int

        init(document: JSONDocument, array: Int) {
            self.document = document
            index = array + 1
            end = Int(document.nodes[array].next)
            count = Int(document.nodes[array].count)
        }

        public mutating func next() -> JSONValue? {
            guard index < end else { return nil }
            defer { index = Int(document.nodes[index].next) }
            return JSONValue(document: document, index: index)
        }
    }

    public struct Member: Sendable {
        let key: JSONValue
        public let value: JSONValue

        public var name: ByteString { key.bytes ?? ByteString() }

        /// Compares without decoding unless the key has escapes.
        public func isNamed(_ name: StaticString) -> Bool {
            let node = key.node
            guard node.kind == .string else {
                return self.name.bytes.elementsEqual(
                    UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
            }
            let length = Int(node.end - node.start)
            guard length == name.utf8CodeUnitCount else { return false }
            return key.document.source.withUnsafeBufferPointer { bytes in
                for offset in 0..<length where bytes[Int(node.start) + offset] != name.utf8Start[offset] {
                    return false
                }
                return true
            }
        }
    }

    public struct Members: Sequence, IteratorProtocol, Sendable {
        let document: JSONDocument
        var index: Int
        let end: Int
        public let count: Int

        init(document: JSONDocument, object: Int?) {
            self.document = document
            index = object.map { $0 + 1 } ?? 0
            end = object.map { Int(document.nodes[$0].next) } ?? 0
            count = object.map { Int(document.nodes[$0].count) } ?? 0
        }

        public mutating func next() -> Member? {
            guard index < end else { return nil }
            let value = index + 1
            defer { index = Int(document.nodes[value].next) }
            return Member(
                key: JSONValue(document: document, index: index), value: JSONValue(document: document, index: value))
        }
    }
}

/// Decodes the escapes of a string the parser has checked; lone surrogates become U+FFFD.
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
