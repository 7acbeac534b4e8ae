/// Checks a JSON text in one pass and notes where its large values end. It does not recurse, so that deep texts need no
/// deep stack.
struct JSONParser {
    let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0
    private var extents: [JSONDocument.Extent] = []
    /// The open arrays and objects: whether it is an object, whether it has no value yet, and its place in `extents`.
    private var open: [(isObject: Bool, isEmpty: Bool, extent: Int)] = []

    init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    /// Returns where the value begins, and the extents ordered by where they begin.
    mutating func parse() throws -> (start: Int, extents: [JSONDocument.Extent]) {
        skipSpace()
        let start = position
        try parseValue()
        while let (isObject, isEmpty, extent) = open.last {
            skipSpace()
            let closing = isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")
            guard position < bytes.count else { throw failure("unexpected end") }
            if bytes[position] == closing {
                position += 1
                close(extent)
                continue
            }
            if isEmpty {
                open[open.count - 1].isEmpty = false
            } else {
                guard bytes[position] == UInt8(ascii: ",") else { throw failure("expected ',' or the end of the list") }
                position += 1
                skipSpace()
            }
            if isObject {
                guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
                    throw failure("expected a key")
                }
                try parseString()
                skipSpace()
                guard position < bytes.count, bytes[position] == UInt8(ascii: ":") else {
                    throw failure("expected ':'")
                }
                position += 1
                skipSpace()
            }
            try parseValue()
        }
        skipSpace()
        if position < bytes.count { throw failure("unexpected text after the document") }
        return (start, extents)
    }

    private mutating func close(_ extent: Int) {
        open.removeLast()
        if position - Int(extents[extent].start) > JSONDocument.Extent.threshold {
            extents[extent].end = UInt32(position)
        } else {
            // The extents inside it were small as well and are removed already, so it is the last one.
            extents.removeLast()
        }
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20: position = PlainText.endOfSpaces(in: UnsafeRawBufferPointer(bytes), from: position)
            case 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private mutating func parseValue() throws {
        guard position < bytes.count else { throw failure("unexpected end") }
        switch bytes[position] {
        case UInt8(ascii: "\""): try parseString()
        case UInt8(ascii: "{"): try openContainer(isObject: true)
        case UInt8(ascii: "["): try openContainer(isObject: false)
        case UInt8(ascii: "t"): try parseWord("true")
        case UInt8(ascii: "f"): try parseWord("false")
        case UInt8(ascii: "n"): try parseWord("null")
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try parseNumber()
        default: throw failure("unexpected character")
        }
    }

    private mutating func openContainer(isObject: Bool) throws {
        if open.count >= JSONDocument.maximumDepth { throw failure("nested deeper than \(JSONDocument.maximumDepth)") }
        open.append((isObject: isObject, isEmpty: true, extent: extents.count))
        extents.append(JSONDocument.Extent(start: UInt32(position), end: 0))
        position += 1
    }

    private mutating func parseWord(_ word: StaticString) throws {
        let length = word.utf8CodeUnitCount
        guard position + length <= bytes.count,
            (0..<length).allSatisfy({ bytes[position + $0] == word.utf8Start[$0] })
        else { throw failure("unexpected word") }
        position += length
    }

    private mutating func parseString() throws {
        position += 1
        while true {
            position = PlainText.end(in: UnsafeRawBufferPointer(bytes), from: position)
            if position == bytes.count { break }
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return
            case UInt8(ascii: "\\"): try skipEscape()
            default: throw failure("control character in a string")
            }
        }
        throw failure("string without end")
    }

    private mutating func skipEscape() throws {
        guard position + 1 < bytes.count else { throw failure("string without end") }
        switch bytes[position + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 2
        case UInt8(ascii: "u"):
            guard position + 6 <= bytes.count, decodeHex(bytes[position + 2..<position + 6]) != nil else {
                throw failure("invalid escape")
            }
            position += 6
        default: throw failure("invalid escape")
        }
    }

    private mutating func parseNumber() throws {
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        let first = position
        try skipDigits()
        if bytes[first] == UInt8(ascii: "0") && position > first + 1 { throw failure("number with a leading zero") }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            try skipDigits()
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            try skipDigits()
        }
    }

    private mutating func skipDigits() throws {
        let start = position
        while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
            position += 1
        }
        if position == start { throw failure("expected a digit") }
    }

    private func failure(_ reason: Message) -> Failure {
        var line = 1
        var lineStart = 0
        for index in 0..<min(position, bytes.count) where bytes[index] == 0x0A {
            line += 1
            lineStart = index + 1
        }
        return Failure("\(reason) at line \(line) column \(position - lineStart + 1)")
    }
}
