import Support

/// Reads the common part of regular expressions: literals, `.`, classes, groups, `|`, `* + ? {m,n}`, `^ $`,
/// `\d \w \s` and escapes.
struct RegexParser {
    let bytes: [UInt8]
    private var index = 0
    private var depth = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// The whole pattern.
    mutating func pattern() throws -> PatternNode {
        let node = try alternatives()
        guard index == bytes.count else { throw Failure("a ')' without '('") }
        return node
    }

    private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func take() throws -> UInt8 {
        guard let byte = next else { throw Failure("it ends too early") }
        index += 1
        return byte
    }

    private mutating func skip(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        index += 1
        return true
    }

    private mutating func alternatives() throws -> PatternNode {
        depth += 1
        defer { depth -= 1 }
        if depth > 64 { throw Failure("it is nested too deeply") }
        var branches = [try sequence()]
        while skip(UInt8(ascii: "|")) { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .alternatives(branches)
    }

    private mutating func sequence() throws -> PatternNode {
        var nodes: [PatternNode] = []
        while let byte = next, byte != UInt8(ascii: "|"), byte != UInt8(ascii: ")") {
            nodes.append(try repetition(of: try atom()))
        }
        return .sequence(nodes)
    }

    private mutating func repetition(of node: PatternNode) throws -> PatternNode {
        var node = node
        var count = 0
        while let byte = next {
            // Each repetition is a level of nesting of its own.
            if count > 16 { throw Failure("it is nested too deeply") }
            count += 1
            switch byte {
            case UInt8(ascii: "*"): node = .repeated(node, least: 0, most: nil)
            case UInt8(ascii: "+"): node = .repeated(node, least: 1, most: nil)
            case UInt8(ascii: "?"): node = .repeated(node, least: 0, most: 1)
            case UInt8(ascii: "{"):
                index += 1
                let least = try number()
                var most: Int? = least
                if skip(UInt8(ascii: ",")) { most = next == UInt8(ascii: "}") ? nil : try number() }
                guard next == UInt8(ascii: "}"), (most ?? least) >= least else {
                    throw Failure("a repetition is broken")
                }
                node = .repeated(node, least: least, most: most)
            default: return node
            }
            index += 1
            // A lazy repetition (`?`) matches the same texts.
            _ = skip(UInt8(ascii: "?"))
        }
        return node
    }

    private mutating func number() throws -> Int {
        let digits = bytes[index...].prefix(while: isASCIIDigit)
        guard let number = Int(String(decoding: digits, as: UTF8.self)), number <= 1000 else {
            throw Failure("a repetition is broken")
        }
        index += digits.count
        return number
    }

    private mutating func atom() throws -> PatternNode {
        let byte = try take()
        switch byte {
        case UInt8(ascii: "."): return .bytes(ByteSet(0x0A...0x0A).inverted)
        case UInt8(ascii: "^"): return .start
        case UInt8(ascii: "$"): return .end
        case UInt8(ascii: "["): return .bytes(try characterClass())
        case UInt8(ascii: "\\"): return try escape()
        case UInt8(ascii: "("):
            if skip(UInt8(ascii: "?")) {
                guard skip(UInt8(ascii: ":")) else { throw Failure("look-around and flags are not supported") }
            }
            let node = try alternatives()
            guard skip(UInt8(ascii: ")")) else { throw Failure("a ')' is missing") }
            return node
        case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"): throw Failure("there is nothing to repeat")
        default: return .bytes(ByteSet(byte...byte))
        }
    }

    private mutating func escape() throws -> PatternNode {
        let byte = try take()
        if let set = RegexParser.namedClass(byte) { return .bytes(set) }
        switch byte {
        case UInt8(ascii: "A"): return .start
        case UInt8(ascii: "z"), UInt8(ascii: "Z"): return .end
        default:
            if isASCIIAlphanumeric(byte) {
                throw Failure("'\\\(String(UnicodeScalar(byte)))' is not supported")
            }
            return .bytes(ByteSet(byte...byte))
        }
    }

    private static func namedClass(_ byte: UInt8) -> ByteSet? {
        switch byte {
        case UInt8(ascii: "d"): .digits
        case UInt8(ascii: "D"): ByteSet.digits.inverted
        case UInt8(ascii: "w"): .wordBytes
        case UInt8(ascii: "W"): ByteSet.wordBytes.inverted
        case UInt8(ascii: "s"): .spaces
        case UInt8(ascii: "S"): ByteSet.spaces.inverted
        default: nil
        }
    }

    private mutating func characterClass() throws -> ByteSet {
        let isNegated = skip(UInt8(ascii: "^"))
        var set = ByteSet()
        var isFirst = true
        while true {
            let byte = try take()
            if byte == UInt8(ascii: "]"), !isFirst { return isNegated ? set.inverted : set }
            isFirst = false
            var low = byte
            if byte == UInt8(ascii: "\\") {
                low = try take()
                if let named = RegexParser.namedClass(low) {
                    set.formUnion(named)
                    continue
                }
            }
            if next == UInt8(ascii: "-"), index + 1 < bytes.count, bytes[index + 1] != UInt8(ascii: "]") {
                index += 1
                let high = try take()
                guard high >= low else { throw Failure("a range ends before it begins") }
                set.insert(low...high)
            } else {
                set.insert(low...low)
            }
        }
    }
}
