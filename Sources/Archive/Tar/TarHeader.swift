import Support

/// Reads the fields of a 512-byte tar header, from ustar, old GNU and pax writers. Only for packs themselves: `TarStream`
/// reads the tars inside packages.
struct TarHeader {
    static let blockSize = 512

    /// The type flag: `0` or NUL is a file, `5` a directory, `L`/`K` GNU long names, `x`/`g` pax records, …
    let type: UInt8
    let name: ByteString
    let linkName: ByteString
    let size: Int64

    /// Nil for a block of zeros, which ends the archive.
    ///
    /// - Throws: `Failure` if the checksum does not match.
    init?(_ block: ArraySlice<UInt8>, at offset: Int64) throws {
        let bytes = Array(block)
        guard bytes.count == TarHeader.blockSize, bytes.contains(where: { $0 != 0 }) else { return nil }
        guard let checksum = TarHeader.number(bytes[148..<156]), TarHeader.isChecksum(checksum, of: bytes) else {
            throw Failure("the block at byte \(offset) is not a tar header")
        }
        guard let size = TarHeader.number(bytes[124..<136]), size >= 0 else {
            throw Failure("the tar header at byte \(offset) has an impossible size")
        }
        self.size = size
        type = bytes[156]
        linkName = TarHeader.text(bytes[157..<257])
        var name = TarHeader.text(bytes[0..<100])
        // POSIX ustar has a zero behind its magic. Old GNU has a space there, and other fields in place of the prefix.
        if bytes[257..<263].elementsEqual("ustar\0".utf8) {
            let prefix = TarHeader.text(bytes[345..<500])
            if !prefix.isEmpty { name = prefix + "/" + name }
        }
        self.name = name
    }

    private static func isChecksum(_ expected: Int64, of bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { isChecksum(expected, of: $0) }
    }

    /// Whether that is the sum of the bytes of a header, the eight of the sum itself counted as spaces. Some old writers added
    /// up signed characters.
    static func isChecksum(_ expected: Int64, of block: UnsafeRawBufferPointer) -> Bool {
        // Eight sums of 16 bits, none of which can overflow: 64 bytes go into each.
        let low: UInt64 = 0x00FF_00FF_00FF_00FF
        var (even, odd) = (UInt64(0), UInt64(0))
        for offset in stride(from: 0, to: blockSize, by: 8) {
            let word = block.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            even &+= word & low
            odd &+= word >> 8 & low
        }
        var sum = Int64(UInt8(ascii: " ")) * 8
        for shift in stride(from: UInt64(0), to: 64, by: 16) {
            sum += Int64(even >> shift & 0xFFFF) + Int64(odd >> shift & 0xFFFF)
        }
        for byte in block[148..<156] { sum -= Int64(byte) }
        if expected == sum { return true }
        let negative = block[..<148].count(where: { $0 >= 0x80 }) + block[156...].count(where: { $0 >= 0x80 })
        return expected == sum - Int64(negative) * 256
    }

    private static func text(_ field: ArraySlice<UInt8>) -> ByteString { ByteString(field.prefix { $0 != 0 }) }

    /// A number in octal digits between spaces and zeros, or in base 256 if the first bit is set; nil for anything
    /// else.
    static func number(_ field: ArraySlice<UInt8>) -> Int64? {
        guard let first = field.first else { return nil }
        if first & 0x80 != 0 {
            var value: Int64 = first & 0x40 == 0 ? Int64(first & 0x3F) : -1
            for byte in field.dropFirst() {
                guard value <= Int64.max >> 8, value >= Int64.min >> 8 else { return nil }
                value = value << 8 | Int64(byte)
            }
            return value
        }
        var value: Int64 = 0
        var hasEnded = false
        for byte in field.drop(while: { $0 == UInt8(ascii: " ") }) {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "7") where !hasEnded:
                value = value << 3 | Int64(byte - UInt8(ascii: "0"))
            case 0, UInt8(ascii: " "): hasEnded = true
            default: return nil
            }
        }
        return value
    }
}
