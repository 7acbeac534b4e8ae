import Support

/// The number that distinguishes keys: eight bytes, shown as by minisign.
public struct KeyID: Hashable, Sendable, CustomStringConvertible {
    let bytes: [UInt8]
    public var description: String { encodeHex(bytes.reversed()).uppercased() }
}
