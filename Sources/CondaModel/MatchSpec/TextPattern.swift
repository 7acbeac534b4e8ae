import Support

/// A pattern for build strings: a text, a shell glob or `^a regular expression$`. ASCII case is ignored
/// (docs/spec/lock.md#match-specs).
///
/// Globs and expressions come from packages of any origin. They run as a non-deterministic automaton, whose time is
/// bounded by its size times the length of the text. Look-around and back-references cannot run that way and are
/// refused.
public struct TextPattern: Sendable {
    /// As written.
    public let text: String
    private let program: Automaton?

    /// - Throws: `Failure` for a pattern that cannot be read.
    public init(_ text: String) throws {
        self.text = text
        let bytes = Array(text.utf8)
        if bytes.first == UInt8(ascii: "^"), bytes.last == UInt8(ascii: "$"), bytes.count > 1 {
            var parser = RegexParser(bytes: bytes)
            program = try describing("invalid regex: \(text)") { Automaton(try parser.pattern(), isAnchored: false) }
        } else if bytes.contains(UInt8(ascii: "*")) {
            program = try describing("invalid glob: \(text)") { Automaton(try globNodes(bytes), isAnchored: true) }
        } else {
            program = nil
        }
    }

    /// Whether `candidate` matches the pattern.
    public func matches(_ candidate: String) -> Bool {
        if let program { return program.matches(Array(candidate.utf8)) }
        return candidate.utf8.map(asciiLowercased).elementsEqual(text.utf8.map(asciiLowercased))
    }
}

/// A shell glob: `*`, `?`, `[a-z]`, `[!a-z]`.
private func globNodes(_ bytes: [UInt8]) throws -> PatternNode {
    var nodes: [PatternNode] = []
    var index = 0
    while index < bytes.count {
        let byte = bytes[index]
        index += 1
        switch byte {
        case UInt8(ascii: "*"): nodes.append(.repeated(.bytes(.all), least: 0, most: nil))
        case UInt8(ascii: "?"): nodes.append(.bytes(.all))
        case UInt8(ascii: "["):
            var set = ByteSet()
            let isNegated = index < bytes.count && bytes[index] == UInt8(ascii: "!")
            if isNegated { index += 1 }
            let start = index
            while index < bytes.count, bytes[index] != UInt8(ascii: "]") || index == start {
                var end = bytes[index]
                if index + 2 < bytes.count, bytes[index + 1] == UInt8(ascii: "-"),
                    bytes[index + 2] != UInt8(ascii: "]")
                {
                    end = bytes[index + 2]
                    index += 2
                    if end < bytes[index - 2] { throw Failure("a range ends before it begins") }
                    set.insert(bytes[index - 2]...end)
                } else {
                    set.insert(end...end)
                }
                index += 1
            }
            guard index < bytes.count else { throw Failure("a ']' is missing") }
            index += 1
            nodes.append(.bytes(isNegated ? set.inverted : set))
        default: nodes.append(.bytes(ByteSet(byte...byte)))
        }
    }
    return .sequence(nodes)
}
