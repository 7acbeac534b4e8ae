/// Names for what is not complete yet: `.<name>.partial-<random>`. They are hidden, and different at each call.
public enum TemporaryName {
    private static let digits = Array("0123456789abcdefghijklmnopqrstuvwxyz".utf8)
    private static let randomCount = 10

    /// A new name.
    ///
    /// - Parameter purpose: what stands in place of `partial`.
    public static func make(for name: ByteString, purpose: String = "partial") -> ByteString {
        var random = SystemRandomNumberGenerator()
        let suffix = (0..<randomCount).map { _ in digits[Int.random(in: 0..<digits.count, using: &random)] }
        return ByteString(beginning(name, purpose) + suffix)
    }

    /// Whether `candidate` was made by `make` for that name and purpose.
    public static func matches(_ candidate: ByteString, for name: ByteString, purpose: String = "partial") -> Bool {
        let start = beginning(name, purpose)
        let bytes = candidate.bytes
        return bytes.count == start.count + randomCount && bytes.starts(with: start)
            && bytes.suffix(randomCount).allSatisfy(digits.contains)
    }

    /// Whether `candidate` was made by `make` for any name.
    public static func matchesAny(_ candidate: ByteString) -> Bool {
        let (bytes, infix) = (candidate.bytes, Array(".partial-".utf8))
        let end = bytes.count - randomCount
        return bytes.first == UInt8(ascii: ".") && end > infix.count
            && bytes[(end - infix.count)..<end].elementsEqual(infix)
            && bytes.suffix(randomCount).allSatisfy(digits.contains)
    }

    /// Shortened, as names have at most 255 bytes.
    private static func beginning(_ name: ByteString, _ purpose: String) -> [UInt8] {
        Array(".".utf8) + name.bytes.prefix(200) + Array(".\(purpose)-".utf8)
    }
}
