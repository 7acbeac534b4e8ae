/// Hexadecimal digits, eight at a time.
enum HexDigits {
    /// The four bytes that eight digits of any case mean, all as they lie in memory; nil if one is no digit.
    static func value(of digits: UInt64) -> UInt32? {
        let digits = UInt64(littleEndian: digits)
        // Letters of both cases have this bit.
        let letters = digits & 0x4040_4040_4040_4040
        let small = digits | letters >> 1
        let values = (digits & 0x0F0F_0F0F_0F0F_0F0F) &+ letters >> 6 &* 9
        // A byte that is no digit has a value above 15 here, or one that is spelt as another byte.
        guard values & 0xF0F0_F0F0_F0F0_F0F0 == 0, spelt(values) == small else { return nil }
        var pairs = (values << 4 | values >> 8) & 0x00FF_00FF_00FF_00FF
        pairs = (pairs | pairs >> 8) & 0x0000_FFFF_0000_FFFF
        return UInt32(truncatingIfNeeded: pairs | pairs >> 16).littleEndian
    }

    /// The sixteen digits of eight bytes, in lower case, all as they lie in memory.
    static func digits(of bytes: UInt64) -> (UInt64, UInt64) {
        let bytes = UInt64(littleEndian: bytes)
        return (digits(ofFour: bytes & 0xFFFF_FFFF), digits(ofFour: bytes >> 32))
    }

    private static func digits(ofFour bytes: UInt64) -> UInt64 {
        var spread = (bytes | bytes << 16) & 0x0000_FFFF_0000_FFFF
        spread = (spread | spread << 8) & 0x00FF_00FF_00FF_00FF
        return spelt((spread >> 4 | spread << 8) & 0x0F0F_0F0F_0F0F_0F0F).littleEndian
    }

    /// The digits of eight values below 16.
    private static func spelt(_ values: UInt64) -> UInt64 {
        let isLetter = (values &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return values &+ 0x3030_3030_3030_3030 &+ isLetter &* 0x27
    }
}

/// Lower-case hexadecimal digits of `bytes`.
public func encodeHex(_ bytes: some Sequence<UInt8>) -> String {
    var digits: [UInt8] = []
    let alphabet = Array("0123456789abcdef".utf8)
    for byte in bytes {
        digits.append(alphabet[Int(byte >> 4)])
        digits.append(alphabet[Int(byte & 15)])
    }
    return String(decoding: digits, as: UTF8.self)
}

/// The bytes of hexadecimal digits of any case; nil if there is anything else or an odd number of them.
public func decodeHex(_ digits: some Collection<UInt8>) -> [UInt8]? {
    // Copied into an array, for which the compiler makes a fast loop.
    let digits = Array(digits)
    guard digits.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(digits.count / 2)
    var high: UInt8?
    for digit in digits {
        let value: UInt8
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): value = digit - UInt8(ascii: "A") + 10
        default: return nil
        }
        if let first = high {
            bytes.append(first << 4 | value)
            high = nil
        } else {
            high = value
        }
    }
    return bytes
}
