// The classes of ASCII bytes that grammars are made of. They do not depend on the locale.

/// `0` to `9`.
@inlinable public func isASCIIDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

/// `A` to `Z` and `a` to `z`.
@inlinable public func isASCIILetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }

/// A letter or digit.
@inlinable public func isASCIIAlphanumeric(_ byte: UInt8) -> Bool { isASCIIDigit(byte) || isASCIILetter(byte) }

/// The small letter for a capital one; every other byte as it is.
@inlinable public func asciiLowercased(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

extension ByteString {
    /// With small letters for capital ones.
    public var asciiLowercased: ByteString { ByteString(bytes.map { Support.asciiLowercased($0) }) }
}
