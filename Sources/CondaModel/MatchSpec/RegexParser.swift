import Support

/// A set of byte values. Letters are always in it in both cases.
struct ByteSet: Sendable {
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    init() {}
    init(_ range: ClosedRange<UInt8>) { insert(range) }

    static let all = ByteSet(0...255)
    static let digits = ByteSet(UInt8(ascii: "0")...UInt8(ascii: "9"))
    static let wordBytes: ByteSet = {
        var set = digits
        set.insert(UInt8(ascii: "a")...UInt8(ascii: "z"))
        set.insert(UInt8(ascii: "_")...UInt8(ascii: "_"))
        return set
    }()
    static let spaces: ByteSet = {
        var set = ByteSet(0x09...0x0D)
        set.insert(0x20...0x20)
        return set
    }()

    mutating func insert(_ range: ClosedRange<UInt8>) {
        for byte in range {
            add(byte)
            if isASCIILetter(byte) { add(byte ^ 0x20) }
        }
    }

    mutating func formUnion(_ other: ByteSet) {
        words.0 |= other.words.0
        words.1 |= other.words.1
        words.2 |= other.words.2
        words.3 |= other.words.3
    }

    var inverted: ByteSet {
        var set = ByteSet()
        set.words = (~words.0, ~words.1, ~words.2, ~words.3)
        return set
    }

    func contains(_ byte: UInt8) -> Bool {
        let bit = UInt64(1) << UInt64(byte & 63)
        switch byte >> 6 {
        case 0: return words.0 & bit != 0
        case 1: return words.1 & bit != 0
        case 2: return words.2 & bit != 0
        default: return words.3 & bit != 0
        }
    }

    private mutating func add(_ byte: UInt8) {
        let bit = UInt64(1) << UInt64(byte & 63)
        switch byte >> 6 {
        case 0: words.0 |= bit
        case 1: words.1 |= bit
        case 2: words.2 |= bit
        default: words.3 |= bit
        }
    }
}

/// The parts of a pattern.
indirect enum PatternNode: Sendable {
    case bytes(ByteSet)
    case sequence([PatternNode])
    case alternatives([PatternNode])
    case repeated(PatternNode, least: Int, most: Int?)
    case start
    case end
}

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
                guard high >= low else { throw Failure("a range is upside down") }
                set.insert(low...high)
            } else {
                set.insert(low...low)
            }
        }
    }
}
