/// The single pass that makes the nodes of a `JSONDocument`. Iterative: the depth of the text does not cost stack.
struct JSONParser {
    let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0
    private var nodes: [JSONDocument.Node] = []
    /// Indices of the open arrays and objects.
    private var open: [Int] = []

    init(bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        nodes.reserveCapacity(bytes.count / 12 + 16)
    }

    mutating func parse() throws -> [JSONDocument.Node] {
        skipSpace()
        try parseValue()
        while let container = open.last {
            skipSpace()
            let isObject = nodes[container].kind == .object
            let closing = isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")
            guard position < bytes.count else { throw failure("unexpected end") }
            if bytes[position] == closing {
                position += 1
                nodes[container].end = UInt32(position)
                nodes[container].next = UInt32(nodes.count)
                open.removeLast()
                continue
            }
            if nodes[container].count > 0 {
                guard bytes[position] == UInt8(ascii: ",") else { throw failure("expected ',' or the end of the list") }
                position += 1
                skipSpace()
            }
            nodes[container].count += 1
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
        return nodes
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private mutating func parseValue() throws {
        guard position < bytes.count else { throw failure("unexpected end") }
        switch bytes[position] {
        case UInt8(ascii: "\""): try parseString()
        case UInt8(ascii: "{"): try openContainer(.object)
        case UInt8(ascii: "["): try openContainer(.array)
        case UInt8(ascii: "t"): try parseWord("true", .yes)
        case UInt8(ascii: "f"): try parseWord("false", .no)
        case UInt8(ascii: "n"): try parseWord("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try parseNumber()
        default: throw failure("unexpected character")
        }
    }

    private mutating func openContainer(_ kind: JSONDocument.Node.Kind) throws {
        if open.count >= JSONDocument.maximumDepth { throw failure("nested deeper than \(JSONDocument.maximumDepth)") }
        open.append(nodes.count)
        append(kind, from: position, to: position)
        position += 1
    }

    private mutating func append(_ kind: JSONDocument.Node.Kind, from start: Int, to end: Int) {
        nodes.append(
            .init(kind: kind, start: UInt32(start), end: UInt32(end), next: UInt32(nodes.count + 1), count: 0))
    }

    private mutating func parseWord(_ word: StaticString, _ kind: JSONDocument.Node.Kind) throws {
        let length = word.utf8CodeUnitCount
        guard position + length <= bytes.count,
            (0..<length).allSatisfy({ bytes[position + $0] == word.utf8Start[$0] })
        else { throw failure("unexpected word") }
        append(kind, from: position, to: position + length)
        position += length
    }

    private mutating func parseString() throws {
        position += 1
        let start = position
        var escaped = false
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                append(escaped ? .escapedString : .string, from: start, to: position)
                position += 1
                return
            case UInt8(ascii: "\\"):
                escaped = true
                try skipEscape()
            case 0..<0x20: throw failure("control character in a string")
            default: position += 1
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
        let start = position
        var isInteger = true
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        let first = position
        try skipDigits()
        if bytes[first] == UInt8(ascii: "0") && position > first + 1 { throw failure("number with a leading zero") }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            try skipDigits()
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            try skipDigits()
        }
        append(isInteger ? .integer : .real, from: start, to: position)
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
