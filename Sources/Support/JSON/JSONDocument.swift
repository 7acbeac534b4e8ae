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

/// Decodes the escapes of a string that the parser has checked; lone surrogates become U+FFFD.
func unescape(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
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
