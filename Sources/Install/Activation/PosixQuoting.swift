import Support

/// Quoting of words for POSIX shells, exactly as the original writes them (docs/spec/install.md#bash-quoting).
enum PosixQuoting {
    /// A value of a variable. Variables in it are expanded when the script runs. Characters that would be run as a
    /// command or end the quotes get a backslash, which the original leaves out.
    static func value(_ text: ByteString) -> ByteString {
        let value = VariableValue(text)
        guard value.hasVariables else { return word(text) }
        var result: [UInt8] = [UInt8(ascii: "\"")]
        for piece in value.pieces {
            switch piece {
            case .text(let text): result += inDoubleQuotes(text)
            case .variable(let name, let isBraced): result += (isBraced ? "${" + name + "}" : "$" + name).bytes
            }
        }
        return ByteString(result + [UInt8(ascii: "\"")])
    }

    /// Text for between double quotes. A backslash before a letter is an ordinary character.
    static func inDoubleQuotes(_ text: ByteString) -> [UInt8] {
        var result: [UInt8] = []
        for (index, byte) in text.bytes.enumerated() {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "$"), UInt8(ascii: "`"): result += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\\"):
                // The text may be followed by a variable or by the closing quote.
                let next = index + 1 < text.count ? text.bytes[index + 1] : UInt8(ascii: "$")
                result += "$`\"\\\n".utf8.contains(next) ? [byte, byte] : [byte]
            default: result.append(byte)
            }
        }
        return result
    }

    /// A value for a script that is read by all POSIX shells with any options: single quotes for text, double quotes
    /// for variables, which may be unset.
    static func robust(_ text: ByteString) -> ByteString {
        let value = VariableValue(text)
        if value.pieces.isEmpty { return "''" }
        return .joined(
            value.pieces.map { piece in
                switch piece {
                case .text(let text): single(text)
                case .variable(let name, _): "\"${" + name + "-}\""
                }
            }, by: "")
    }

    /// The text in single quotes. Two single quotes never stand side by side, as zsh can read them as one (RC_QUOTES).
    static func single(_ text: ByteString) -> ByteString {
        let parts = text.bytes.split(separator: UInt8(ascii: "'"), omittingEmptySubsequences: false)
        let quoted = parts.map { $0.isEmpty && parts.count > 1 ? ByteString("") : "'" + ByteString($0) + "'" }
        return .joined(quoted, by: "\\'")
    }

    /// A word that means exactly `text`. It consists of chunks, each as long as a single style of quoting fits.
    static func word(_ text: ByteString) -> ByteString {
        if text.isEmpty { return "''" }
        var result: [UInt8] = []
        var rest = text.bytes[...]
        while !rest.isEmpty {
            let (length, style) = nextChunk(rest)
            write(rest.prefix(length), style, to: &result)
            rest = rest.dropFirst(length)
        }
        return ByteString(result)
    }

    private struct Styles: OptionSet {
        let rawValue: UInt8
        static let plain = Styles(rawValue: 1)
        static let single = Styles(rawValue: 2)
        static let double = Styles(rawValue: 4)
    }

    /// The length in bytes of the longest chunk at the beginning, and the best style for it.
    private static func nextChunk(_ bytes: ArraySlice<UInt8>) -> (length: Int, style: Styles) {
        var fitting: Styles = [.plain, .single, .double]
        var length = 0
        for byte in bytes {
            // A caret starts history substitution only at the beginning of a line, but the original quotes it
            // everywhere.
            let styles = length == 0 && byte == UInt8(ascii: "^") ? .single : fitting.intersection(stylesFitting(byte))
            if styles.isEmpty { break }
            fitting = styles
            length += 1
        }
        for style in [Styles.plain, .single] where fitting.contains(style) { return (length, style) }
        return (length, .double)
    }

    private static func stylesFitting(_ byte: UInt8) -> Styles {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "/"), UInt8(ascii: ":"), UInt8(ascii: "@"), UInt8(ascii: "]"), UInt8(ascii: "_"):
            [.plain, .single, .double]
        case UInt8(ascii: "^"): []
        case UInt8(ascii: "'"), UInt8(ascii: "\\"): .double
        case UInt8(ascii: "`"), UInt8(ascii: "$"), UInt8(ascii: "!"): .single
        default: [.single, .double]
        }
    }

    private static func write(_ chunk: ArraySlice<UInt8>, _ style: Styles, to result: inout [UInt8]) {
        if style == .plain {
            result.append(contentsOf: chunk)
            return
        }
        let quote = style == .single ? UInt8(ascii: "'") : UInt8(ascii: "\"")
        result.append(quote)
        for byte in chunk {
            if style == .double, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                result.append(UInt8(ascii: "\\"))
            }
            result.append(byte)
        }
        result.append(quote)
    }
}
