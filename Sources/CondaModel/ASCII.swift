import Support

// What the grammars of this module have in common.

/// `-`, `_` or `.`.
func isNameSeparator(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
}

/// ASCII white space.
func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

/// The bytes without white space at both ends.
func trim(_ bytes: some BidirectionalCollection<UInt8>) -> ArraySlice<UInt8> {
    var slice = Array(bytes)[...]
    while let first = slice.first, isSpace(first) { slice.removeFirst() }
    while let last = slice.last, isSpace(last) { slice.removeLast() }
    return slice
}
