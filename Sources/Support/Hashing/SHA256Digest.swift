import CLibCrypto

/// The 32 bytes of a SHA-256 digest (FIPS 180-4). They are kept in place, as there is one for each file of an environment.
public struct SHA256Digest: Hashable, Sendable {
    /// Eight bytes each, as they lie in memory.
    private let first, second, third, fourth: UInt64

    public var bytes: [UInt8] {
        withUnsafeBytes(of: self) { [UInt8]($0) }
    }

    /// Nil unless the text is 64 hexadecimal digits of any case.
    public init?(hex: some StringProtocol) {
        self.init(hexBytes: Array(hex.utf8))
    }

    /// Nil unless the bytes are 64 hexadecimal digits of any case.
    public init?(hexBytes: some Collection<UInt8>) {
        let digits = Array(hexBytes)
        guard let digest = digits.withUnsafeBytes({ SHA256Digest(digits: $0) }) else { return nil }
        self = digest
    }

    /// Nil unless the bytes are 64 hexadecimal digits of any case.
    public init?(digits: UnsafeRawBufferPointer) {
        guard digits.count == 64 else { return nil }
        func word(_ index: Int) -> UInt64? {
            guard let low = HexDigits.value(of: digits.loadUnaligned(fromByteOffset: index * 16, as: UInt64.self)),
                let high = HexDigits.value(of: digits.loadUnaligned(fromByteOffset: index * 16 + 8, as: UInt64.self))
            else { return nil }
            return UInt64(low) | UInt64(high) << 32
        }
        guard let first = word(0), let second = word(1), let third = word(2), let fourth = word(3) else { return nil }
        (self.first, self.second, self.third, self.fourth) = (first, second, third, fourth)
    }

    /// Nil unless there are 32 bytes.
    public init?(exactly bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.init(bytes: bytes)
    }

    /// - Parameter bytes: 32.
    init(bytes: [UInt8]) {
        func word(_ index: Int) -> UInt64 {
            bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self) }
        }
        (first, second, third, fourth) = (word(0), word(1), word(2), word(3))
    }

    /// 32 zero bytes: stands for a digest that is not known.
    public static let zero = SHA256Digest(bytes: [UInt8](repeating: 0, count: 32))

    /// Lower-case hexadecimal.
    public var hex: String {
        withDigits { String(decoding: $0, as: UTF8.self) }
    }

    /// Calls `body` with the 64 digits of lower-case hexadecimal.
    func withDigits<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        let digits = (
            HexDigits.digits(of: first), HexDigits.digits(of: second), HexDigits.digits(of: third),
            HexDigits.digits(of: fourth)
        )
        return withUnsafeBytes(of: digits, body)
    }
}
