import Support

/// Quoting of words for POSIX shells, exactly as the original writes them (spec install §7.5).
enum PosixQuoting {
    /// A value of a variable: with a `$` in it, it is meant to be expanded when the script runs.
    static func value(_ text: ByteString) -> ByteString {
        guard text.bytes.contains(UInt8(ascii: "$")) else { return word(text) }
        var result: [UInt8] = [UInt8(ascii: "\"")]
        for byte in text.bytes {
            if byte == UInt8(ascii: "\"") { result.append(UInt8(ascii: "\\")) }
            result.append(byte)
        }
        result.append(UInt8(ascii: "\""))
        return ByteString(result)
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
