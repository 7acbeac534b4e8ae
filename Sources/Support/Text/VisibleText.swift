/// Makes foreign text safe to show. Names from packs, locks, servers and file systems may hold characters that move the
/// cursor, begin a line, or hide or reorder text. Each of these is replaced by a visible text without effect.
public enum VisibleText {
    /// The most bytes of one value that an error shows.
    static let limit = 200

    /// The text with every invisible character written as in Swift: `\n`, `\r`, `\t`, `\u{9b}`.
    public static func of(_ text: String) -> String {
        if isPlain(text) { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where isHidden(scalar): result += "\\u{\(String(scalar.value, radix: 16))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Whether the text is of visible ASCII only. Nearly all are, so eight bytes are looked at at once.
    private static func isPlain(_ text: String) -> Bool {
        let found = text.utf8.withContiguousStorageIfAvailable { bytes -> Bool in
            let bytes = UnsafeRawBufferPointer(bytes)
            var position = 0
            let (ones, highs) = (0x0101_0101_0101_0101 as UInt64, 0x8080_8080_8080_8080 as UInt64)
            while position + 8 <= bytes.count {
                let word = bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
                // Each byte that is below 0x20, above 0x7E or not ASCII sets its highest bit in one of the three.
                if (word | (word &+ ones) | (word &- ones &* 0x20)) & highs != 0 { return false }
                position += 8
            }
            return bytes[position...].allSatisfy { (0x20..<0x7F).contains($0) }
        }
        return found ?? text.utf8.allSatisfy { (0x20..<0x7F).contains($0) }
    }

    /// Whether a character is a control character (C0, DEL, C1), sets the direction of text, has no width, or ends a
    /// line or paragraph.
    static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.value < 0x7F { return scalar.value < 0x20 }
        let properties = scalar.properties
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: return true
        default: return properties.isDefaultIgnorableCodePoint
        }
    }

    /// The text if it has at most `limit` bytes, otherwise both its ends and how long it was.
    static func shortened(_ text: String, to limit: Int = VisibleText.limit) -> String {
        let bytes = text.utf8
        if bytes.count <= limit { return text }
        let middle = "…(\(bytes.count) bytes)…"
        let room = max(0, limit - middle.utf8.count) / 2
        // Cut between characters, so that no broken one shows as U+FFFD.
        var head = bytes.index(bytes.startIndex, offsetBy: room)
        while head.samePosition(in: text.unicodeScalars) == nil { head = bytes.index(before: head) }
        var tail = bytes.index(bytes.endIndex, offsetBy: -room)
        while tail.samePosition(in: text.unicodeScalars) == nil { tail = bytes.index(after: tail) }
        return text[..<head] + middle + text[tail...]
    }
}
