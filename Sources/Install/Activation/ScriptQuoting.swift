import Support

/// Quotes words for zsh and for shells that are not POSIX shells. The bytes are those of the original's engine where
/// these are safe (conda/rattler#2621 for zsh, fish, xonsh, PowerShell and nushell); in every case the word means
/// exactly the text.
enum ScriptQuoting {
    // MARK: zsh

    /// A text in double quotes.
    static func zsh(_ text: ByteString) -> ByteString { "\"" + text.escaping("\\\"`$", with: "\\") + "\"" }

    /// A value in double quotes, with its variables.
    static func zsh(_ value: VariableValue) -> ByteString {
        var result: ByteString = "\""
        for (index, piece) in value.pieces.enumerated() {
            switch piece {
            case .text(let text): result = result + text.escaping("\\\"`$", with: "\\")
            case .variable(let name, let isBraced):
                // `$NAME[…]` would be an element of a list and `$NAME:h` a part of a path, so the name needs braces.
                let next = value.next(after: index)
                let needsBraces = isBraced || next == UInt8(ascii: "[") || next == UInt8(ascii: ":")
                result = result + (needsBraces ? "${" + name + "}" : "$" + name)
            }
        }
        return result + "\""
    }

    // MARK: fish

    static func fish(_ text: ByteString) -> ByteString { "\"" + text.escaping("\\\"$", with: "\\") + "\"" }

    /// A value with its variables. fish has no braces around names inside quotes and reads `[` behind a name as an
    /// index, so the quotes are closed and opened again there.
    static func fish(_ value: VariableValue) -> ByteString {
        var result: ByteString = "\""
        for (index, piece) in value.pieces.enumerated() {
            switch piece {
            case .text(let text): result = result + text.escaping("\\\"$", with: "\\")
            case .variable(let name, _):
                let next = value.next(after: index)
                let ends = next.map { $0 == UInt8(ascii: "[") || VariableValue.isWordByte($0) } ?? false
                result = result + "$" + name + (ends ? "\"\"" : "")
            }
        }
        return result + "\""
    }

    // MARK: xonsh

    /// A Python string. Anything that could be read as the end of a line is written as `\u…`.
    static func python(_ text: ByteString, quote: String = "\"") -> ByteString {
        var result = quote
        for scalar in text.lossyString.unicodeScalars {
            switch scalar {
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\t"
            case "\\": result += "\\\\"
            case _ where String(scalar) == quote: result += "\\" + quote
            case _
            where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
                || scalar == "\u{2028}" || scalar == "\u{2029}":
                let hex = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return ByteString(result + quote)
    }

    /// The path of a script as an argument of a command. xonsh expands variables inside quotes.
    static func xonshPath(_ path: ByteString) -> ByteString {
        let isPlain = path.bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F && !"\\\"$~{}@`".utf8.contains($0) }
        return isPlain && path.string != nil ? "\"" + path + "\"" : "@(" + python(path, quote: "'") + ")"
    }

    // MARK: PowerShell

    /// In double quotes. PowerShell treats curly quotation marks like straight ones.
    static func powerShell(_ text: ByteString) -> ByteString {
        "\"" + escaping(text, ["`", "\"", "$", "\u{201C}", "\u{201D}", "\u{201E}"], with: "`") + "\""
    }

    /// In single quotes.
    static func powerShellLiteral(_ text: ByteString) -> ByteString {
        var result = "'"
        for scalar in text.lossyString.unicodeScalars {
            result.unicodeScalars.append(scalar)
            if ["'", "\u{2018}", "\u{2019}", "\u{201A}", "\u{201B}"].contains(scalar) {
                result.unicodeScalars.append(scalar)
            }
        }
        return ByteString(result + "'")
    }

    // MARK: nushell

    static func nushell(_ text: ByteString) -> ByteString { "\"" + text.escaping("\\\"", with: "\\") + "\"" }

    private static func escaping(_ text: ByteString, _ special: Set<Unicode.Scalar>, with escape: String) -> ByteString
    {
        guard text.string != nil else { return text.escaping("`\"$", with: escape) }
        var result = String.UnicodeScalarView()
        for scalar in text.lossyString.unicodeScalars {
            if special.contains(scalar) { result.append(contentsOf: escape.unicodeScalars) }
            result.append(scalar)
        }
        return ByteString(String(result))
    }
}
