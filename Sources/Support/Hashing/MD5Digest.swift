import CLibCrypto

/// The 16 bytes of an MD5 digest (RFC 1321). Only for what indexes ask for; security rests on SHA-256.
public struct MD5Digest: Hashable, Sendable {
    public let bytes: [UInt8]

    /// Nil unless the text is 32 hexadecimal digits of any case.
    public init?(hex: some StringProtocol) {
        guard let bytes = decodeHex(hex.utf8), bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// Lower-case hexadecimal.
    public var hex: String { encodeHex(bytes) }
}
