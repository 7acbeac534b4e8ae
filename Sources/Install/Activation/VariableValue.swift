import Support

/// A value of an activation variable, split into literal text and names of variables that the script expands.
///
/// `$NAME` and `${NAME}` are names, as in the scripts pixi writes for POSIX shells, zsh and fish. Every other `$`,
/// every backtick, backslash and quotation mark is literal. So no part of a value can be run.
struct VariableValue {
    enum Piece: Equatable {
        case text(ByteString)
        /// Braced if it was written in braces.
        case variable(ByteString, isBraced: Bool)
    }

    private(set) var pieces: [Piece] = []

    /// Whether the value is only known when a script runs.
    var hasVariables: Bool {
        pieces.contains { if case .variable = $0 { true } else { false } }
    }

    /// As it was given.
    let text: ByteString

    init(_ text: ByteString) {
        self.text = text
        let bytes = text.bytes
        var plain: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "$"), let found = VariableValue.name(bytes, after: index) {
                if !plain.isEmpty { pieces.append(.text(ByteString(plain))) }
                plain = []
                pieces.append(.variable(found.name, isBraced: found.isBraced))
                index = found.end
            } else {
                plain.append(bytes[index])
                index += 1
            }
        }
        if !plain.isEmpty { pieces.append(.text(ByteString(plain))) }
    }

    /// The name behind the `$` at `index`, and where it ends.
    private static func name(
        _ bytes: [UInt8], after index: Int
    ) -> (name: ByteString, isBraced: Bool, end: Int)? {
        var start = index + 1
        let isBraced = start < bytes.count && bytes[start] == UInt8(ascii: "{")
        if isBraced { start += 1 }
        var end = start
        while end < bytes.count, isWordByte(bytes[end]), end > start || !isASCIIDigit(bytes[end]) { end += 1 }
        guard end > start else { return nil }
        if isBraced, end == bytes.count || bytes[end] != UInt8(ascii: "}") { return nil }
        return (ByteString(bytes[start..<end]), isBraced, isBraced ? end + 1 : end)
    }

    static func isWordByte(_ byte: UInt8) -> Bool {
        isASCIILetter(byte) || isASCIIDigit(byte) || byte == UInt8(ascii: "_")
    }

    /// The first byte of the text after a piece; nil if a variable or nothing follows.
    func next(after index: Int) -> UInt8? {
        guard index + 1 < pieces.count, case .text(let text) = pieces[index + 1] else { return nil }
        return text.bytes.first
    }
}
