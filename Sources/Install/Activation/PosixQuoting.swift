import Support

/// Quoting of words for POSIX shells, exactly as the original writes them (docs/spec/install.md#bash-quoting).
enum PosixQuoting {
    /// A value of a variable: with variables in it, it is meant to be expanded when the script runs. What a shell would
    /// run or take for the end of the quotes gets a backslash; the original leaves that out.
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

    /// Text between double quotes. A backslash before a letter is one of itself.
    static func inDoubleQuotes(_ text: ByteString) -> [UInt8] {
        var result: [UInt8] = []
        for (index, byte) in text.bytes.enumerated() {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "$"), UInt8(ascii: "`"): result += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\\"):
                // What follows the text may be a variable or the closing quote.
                let next = index + 1 < text.count ? text.bytes[index + 1] : UInt8(ascii: "$")
                result += "$`\"\\\n".utf8.contains(next) ? [byte, byte] : [byte]
            default: result.append(byte)
            }
        }
        return result
    }

    /// A value for a script that shells of all kinds and with all options read: single quotes for text, double ones for
    /// variables, which need not be set.
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

    /// The text itself, in single quotes; none stands beside another, since zsh may take two for one quotation mark.
    static func single(_ text: ByteString) -> ByteString {
        let parts = text.bytes.split(separator: UInt8(ascii: "'"), omittingEmptySubsequences: false)
        let quoted = parts.map { $0.isEmpty && parts.count > 1 ? ByteString("") : "'" + ByteString($0) + "'" }
        return .joined(quoted, by: "\\'")
    }

    /// A word that means exactly `text`: chunks, each as long as one style of quoting fits all of it.
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

    /// How many bytes the longest chunk at the beginning has, and its best style.
    private static func nextChunk(_ bytes: ArraySlice<UInt8>) -> (length: Int, style: Styles) {
        var fitting: Styles = [.plain, .single, .double]
        var length = 0
        for byte in bytes {
            // A caret starts history substitution at the beginning of a line only, but is quoted everywhere.
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
