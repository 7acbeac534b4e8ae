import Support

/// Statements of batch files in which no part of a value is run. cmd first replaces `%NAME%`, then reads quotation
/// marks, `^` and commands, and last, if that is switched on, replaces `!NAME!`. A line end cannot be quoted at all.
enum CmdQuoting {
    /// Whether the text can be written in a batch file: it has no line end and no other control character except tabs.
    static func isPossible(_ text: ByteString) -> Bool {
        text.bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
    }

    /// Whether the text can be written between quotation marks, as every path on Windows can.
    static func isQuotable(_ text: ByteString) -> Bool { isPossible(text) && !text.bytes.contains(UInt8(ascii: "\"")) }

    /// `@SET "NAME=VALUE"` for a value in which nothing is expanded; a remark if it cannot be written.
    static func set(_ name: ByteString, to value: ByteString, word: ByteString = "@SET") -> ByteString {
        guard isPossible(value) else { return "@rem " + name + " is left out: a batch file cannot hold its line ends" }
        let plain = statement(name, value, isDelayed: false)
        guard value.bytes.contains(UInt8(ascii: "!")) else { return word + " " + plain }
        // Whether `!` is expanded depends on the caller. So the line finds out, and has the statement for both cases.
        let verb = ByteString(word.bytes.drop { $0 == UInt8(ascii: "@") })
        return "@if \"!!\"==\"\" (" + verb + " " + statement(name, value, isDelayed: true) + ") else " + verb + " "
            + plain
    }

    /// `@CALL "PATH"`. cmd expands the words of CALL twice. A remark if the path cannot be written.
    static func call(_ path: ByteString) -> ByteString {
        guard isQuotable(path), !path.bytes.contains(where: { "^!".utf8.contains($0) }) else {
            return "@rem a script is left out: a batch file cannot hold its name"
        }
        return "@CALL \"" + path.escaping("%", with: "%%%") + "\""
    }

    /// The script for an environment whose path cannot be written in a batch file. No path on Windows is such a path.
    static let refusal: ByteString =
        "@echo The path of this environment has a character in it that a batch file cannot hold.\r\n@exit /b 1\r\n"

    /// A value for between quotation marks; it must be quotable.
    static func quotable(_ text: ByteString) -> ByteString { text.escaping("%", with: "%") }

    private static func statement(_ name: ByteString, _ value: ByteString, isDelayed: Bool) -> ByteString {
        let hasQuotes = value.bytes.contains(UInt8(ascii: "\""))
        var result: [UInt8] = []
        for byte in value.bytes {
            switch byte {
            case UInt8(ascii: "%"): result += Array("%%".utf8)
            case UInt8(ascii: "!") where isDelayed: result += Array(hasQuotes ? "^^!".utf8 : "^!".utf8)
            case UInt8(ascii: "^"):
                result += Array(String(repeating: "^", count: (hasQuotes ? 2 : 1) * (isDelayed ? 2 : 1)).utf8)
            // A value with quotation marks is written without surrounding ones, so these characters are escaped.
            case UInt8(ascii: "\""), UInt8(ascii: "&"), UInt8(ascii: "|"), UInt8(ascii: "<"), UInt8(ascii: ">"),
                UInt8(ascii: "("), UInt8(ascii: ")"):
                if hasQuotes { result.append(UInt8(ascii: "^")) }
                result.append(byte)
            default: result.append(byte)
            }
        }
        let mark: ByteString = hasQuotes ? "^\"" : "\""
        return mark + name + "=" + ByteString(result) + mark
    }
}
