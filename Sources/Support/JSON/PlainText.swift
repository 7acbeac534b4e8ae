/// Finds where runs of ordinary text end in a JSON document, eight bytes at a time.
enum PlainText {
    /// Where the first byte at or behind `start` is that is a quote, a backslash or a control character; else the end.
    static func end(in text: UnsafeRawBufferPointer, from start: Int) -> Int {
        let (ones, tops) = (UInt64(0x0101_0101_0101_0101), UInt64(0x8080_8080_8080_8080))
        var position = start
        while position + 8 <= text.count {
            let word = text.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            let quote = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
            let backslash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
            let special =
                ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash) | ((word &- ones &* 0x20) & ~word)
            if special & tops != 0 { break }
            position += 8
        }
        while position < text.count {
            switch text[position] {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), 0..<0x20: return position
            default: position += 1
            }
        }
        return position
    }

    /// Where the first byte at or behind `start` is that is no space; else the end. Indented text has long runs of them.
    static func endOfSpaces(in text: UnsafeRawBufferPointer, from start: Int) -> Int {
        var position = start
        while position + 8 <= text.count,
            text.loadUnaligned(fromByteOffset: position, as: UInt64.self) == 0x2020_2020_2020_2020
        {
            position += 8
        }
        while position < text.count, text[position] == 0x20 { position += 1 }
        return position
    }
}
