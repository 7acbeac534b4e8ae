/// Whether bytes are UTF-8 text (RFC 3629: neither overlong forms, nor surrogates, nor scalars above U+10FFFF).
///
/// The standard library's `UTF8Span` says it, too, but only in runtimes that are newer than some this program is built with, and
/// `String(validating:as:)` makes a copy.
public enum UTF8Validity {
    /// Whether all of `bytes` are UTF-8; true if there are none.
    public static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let count = bytes.count
        var position = 0
        while position < count {
            // Most text is ASCII: eight bytes at a time.
            while position + 8 <= count,
                bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
            {
                position += 8
            }
            if position == count { break }
            let first = bytes[position]
            if first < 0x80 {
                position += 1
                continue
            }
            guard let (length, second) = form(first), position + length <= count, second.contains(bytes[position + 1])
            else { return false }
            for index in 2..<max(2, length) where bytes[position + index] & 0xC0 != 0x80 { return false }
            position += length
        }
        return true
    }

    /// Whether all of `bytes` are UTF-8; true if there are none.
    public static func isValid(_ bytes: [UInt8]) -> Bool { bytes.withUnsafeBytes(isValid) }

    /// How many bytes a sequence has that begins so, and which its second one may be (RFC 3629 §4).
    private static func form(_ first: UInt8) -> (length: Int, second: ClosedRange<UInt8>)? {
        switch first {
        case 0xC2...0xDF: (2, 0x80...0xBF)
        case 0xE0: (3, 0xA0...0xBF)
        case 0xED: (3, 0x80...0x9F)
        case 0xE1...0xEF: (3, 0x80...0xBF)
        case 0xF0: (4, 0x90...0xBF)
        case 0xF1...0xF3: (4, 0x80...0xBF)
        case 0xF4: (4, 0x80...0x8F)
        default: nil
        }
    }
}
