import Support

/// Statements of csh and tcsh in which nothing of a value is run. Each ends in `;`, so that the lines may be joined by `eval`.
///
/// csh replaces `!` everywhere, in quotation marks as well, and has a line end in them only behind a backslash; with
/// `backslash_quote` set a backslash means more than without. So these stand outside of the quotation marks.
enum CshQuoting {
    /// A word that is the text itself.
    static func word(_ text: ByteString) -> ByteString {
        var result: [UInt8] = []
        var isQuoted = false
        func set(quoted: Bool) {
            if isQuoted != quoted { result.append(UInt8(ascii: "'")) }
            isQuoted = quoted
        }
        for byte in text.bytes {
            switch byte {
            case UInt8(ascii: "'"), UInt8(ascii: "!"), UInt8(ascii: "\\"):
                set(quoted: false)
                result += [UInt8(ascii: "\\"), byte]
            case 0x0A:
                set(quoted: true)
                result += [UInt8(ascii: "\\"), byte]
            default:
                set(quoted: true)
                result.append(byte)
            }
        }
        set(quoted: false)
        return result.isEmpty ? "''" : ByteString(result)
    }

    static func set(_ name: ByteString, to text: ByteString) -> ByteString {
        isName(name) ? "setenv " + name + " " + word(text) + ";" : leftOut
    }

    /// Sets a variable to a value that contains variables. A variable that is not set counts as empty; csh would end
    /// the script there.
    static func set(_ name: ByteString, to value: VariableValue) -> [ByteString] {
        guard isName(name) else { return [leftOut] }
        guard value.hasVariables else { return [set(name, to: value.text)] }
        return parts(value) + ["setenv " + name + " " + expanded("_pixi_pack_value") + ";", "unset _pixi_pack_value;"]
    }

    /// Statements that make `_pixi_pack_value` of a value.
    private static func parts(_ value: VariableValue) -> [ByteString] {
        let start: ByteString = "set _pixi_pack_value = "
        return [start + "'';"]
            + value.pieces.map { piece in
                switch piece {
                case .text(let text): start + expanded("_pixi_pack_value") + word(text) + ";"
                // Without `eval` csh would expand the variable before the test whether it is set.
                case .variable(let name, _):
                    "if ( $?" + name + " ) eval '" + start + "\"${_pixi_pack_value:q}${" + name + ":q}\"';"
                }
            }
    }

    static func prependToPath(_ directory: ByteString) -> [ByteString] {
        ["if ( ! $?PATH ) setenv PATH /usr/bin:/bin;", "setenv PATH " + word(directory + ":") + expanded("PATH") + ";"]
    }

    /// The value of a variable as a part of a word; without `:q` commands in it would be run.
    static func expanded(_ name: ByteString) -> ByteString { "\"${" + name + ":q}\"" }

    /// Whether `setenv` takes it; it ends the script otherwise.
    private static func isName(_ name: ByteString) -> Bool {
        name.bytes.allSatisfy(VariableValue.isWordByte) && !isASCIIDigit(name.bytes.first ?? 0x30)
    }

    private static let leftOut: ByteString = "# A variable is left out: csh has none of its name."
}
