/// Base64 (RFC 4648).
public struct Base64: Sendable {
    /// With padding (section 4): for HTTP Basic authentication and minisign.
    public static let standard = Base64(last: "+/", isPadded: true)
    /// The alphabet for URLs and file names, without padding (section 5): for JWTs (RFC 7515) and RECORD files.
    public static let url = Base64(last: "-_", isPadded: false)

    private let alphabet: [UInt8]
    /// The value of each byte; 64 for bytes that are not digits.
    private let values: [UInt8]
    private let isPadded: Bool

    private init(last: String, isPadded: Bool) {
        alphabet = Array(("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + last).utf8)
        var values = [UInt8](repeating: 64, count: 256)
        for (value, digit) in zip(UInt8(0)..., alphabet) { values[Int(digit)] = value }
        self.values = values
        self.isPadded = isPadded
    }

    /// The digits of `bytes`.
    public func encode(_ bytes: some Sequence<UInt8>) -> String {
        var digits: [UInt8] = []
        var (pending, bits): (UInt32, UInt32) = (0, 0)
        for byte in bytes {
            pending = pending << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                digits.append(alphabet[Int(pending >> bits & 63)])
            }
        }
        if bits > 0 { digits.append(alphabet[Int(pending << (6 - bits) & 63)]) }
        while isPadded, digits.count % 4 != 0 { digits.append(UInt8(ascii: "=")) }
        return String(decoding: digits, as: UTF8.self)
    }

    /// The bytes of `text`, padded or not; nil if there is anything but digits and at most two `=` at the end.
    public func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        var digits = Array(text)
        for _ in 0..<2 where digits.last == UInt8(ascii: "=") { digits.removeLast() }
        guard digits.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 4 * 3 + 2)
        var (pending, bits): (UInt32, UInt32) = (0, 0)
        for digit in digits {
            let value = values[Int(digit)]
            guard value < 64 else { return nil }
            pending = pending << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: pending >> bits))
            }
        }
        return bytes
    }

    /// The bytes of `text` if it is exactly what `encode` makes of them.
    public func decodeExactly(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard let bytes = decode(text), encode(bytes).utf8.elementsEqual(text) else { return nil }
        return bytes
    }
}
