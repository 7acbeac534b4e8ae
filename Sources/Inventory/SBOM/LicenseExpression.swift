/// A licence in the form of SPDX (SPDX 2.3, annex D): `MIT`, `GPL-3.0-only WITH GCC-exception-3.1 AND (BSD-3-Clause OR
/// MIT)`.
struct LicenseExpression: Equatable {
    /// The expression, with identifiers spelt as in the license list.
    let text: String
    /// Whether it is a single identifier of the license list.
    let isSimple: Bool
    /// The `LicenseRef-` identifiers in it, which a document has to explain.
    let references: [String]

    /// Nil unless the whole text is a valid expression of known identifiers.
    init?(_ text: String) {
        var parser = Parser(tokens: LicenseExpression.tokens(text))
        guard parser.tokens.count <= 200, parser.expression(depth: 0), parser.tokens.count == parser.position else {
            return nil
        }
        self.text = parser.words.joined(separator: " ").replacingParentheses
        isSimple = parser.words.count == 1 && SPDXLicenseList.licenses[self.text.lowercased()] != nil
        references = parser.references
    }

    private static func tokens(_ text: String) -> [String] {
        var tokens: [String] = []
        var word: [UInt8] = []
        for byte in Array(text.utf8) + [0x20] {
            switch byte {
            case 0x20, UInt8(ascii: "("), UInt8(ascii: ")"):
                if !word.isEmpty { tokens.append(String(decoding: word, as: UTF8.self)) }
                word = []
                if byte != 0x20 { tokens.append(String(decoding: [byte], as: UTF8.self)) }
            default: word.append(byte)
            }
        }
        return tokens
    }

    private struct Parser {
        let tokens: [String]
        var position = 0
        var words: [String] = []
        var references: [String] = []

        init(tokens: [String]) { self.tokens = tokens }

        private var next: String? { tokens.indices.contains(position) ? tokens[position] : nil }

        private mutating func take(_ word: String) {
            words.append(word)
            position += 1
        }

        /// `term ((AND | OR) term)*`
        mutating func expression(depth: Int) -> Bool {
            guard depth < 20, term(depth: depth) else { return false }
            while let word = next, ["AND", "OR"].contains(word) {
                take(word)
                guard term(depth: depth) else { return false }
            }
            return true
        }

        private mutating func term(depth: Int) -> Bool {
            guard let word = next else { return false }
            if word == "(" {
                take(word)
                guard expression(depth: depth + 1), next == ")" else { return false }
                take(")")
                return true
            }
            guard let license = identifier(word) else { return false }
            take(license)
            guard next == "WITH" else { return true }
            take("WITH")
            guard let word = next, let exception = SPDXLicenseList.exceptions[word.lowercased()] else { return false }
            take(exception)
            return true
        }

        private mutating func identifier(_ word: String) -> String? {
            if let known = SPDXLicenseList.licenses[word.lowercased()] { return known }
            if word.hasSuffix("+"), let known = SPDXLicenseList.licenses[word.dropLast().lowercased()] {
                return known + "+"
            }
            let start = "LicenseRef-"
            guard word.hasPrefix(start), word.utf8.count > start.utf8.count,
                word.utf8.allSatisfy(isIdentifierByte)
            else { return nil }
            references.append(word)
            return word
        }
    }
}

/// Whether the byte may be in an identifier of SPDX: letters, digits, `-` and `.`.
func isIdentifierByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "-"), UInt8(ascii: "."):
        true
    default: false
    }
}

extension String {
    /// The text without blanks inside of parentheses.
    fileprivate var replacingParentheses: String {
        var result: [UInt8] = []
        for byte in utf8 {
            if byte == 0x20, result.last == UInt8(ascii: "(") { continue }
            if byte == UInt8(ascii: ")"), result.last == 0x20 { result.removeLast() }
            result.append(byte)
        }
        return String(decoding: result, as: UTF8.self)
    }
}
