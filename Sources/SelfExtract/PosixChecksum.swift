/// The checksum of the POSIX utility `cksum`: a CRC over the bytes and their number.
///
/// The shell stub compares it before it runs the program it has copied. Every system has `cksum`; not every system has
/// a tool for SHA-256.
struct PosixChecksum {
    private var remainder: UInt32 = 0
    private var count: UInt64 = 0

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index) << 24) { value, _ in
            value & 0x8000_0000 != 0 ? value << 1 ^ 0x04C1_1DB7 : value << 1
        }
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        var value = remainder
        PosixChecksum.table.withUnsafeBufferPointer { table in
            for byte in bytes { value = value << 8 ^ table[Int(UInt8(truncatingIfNeeded: value >> 24) ^ byte)] }
        }
        remainder = value
        count += UInt64(bytes.count)
    }

    /// What `cksum` prints for the same bytes on its standard input: the checksum, a blank, and the number of bytes.
    var text: String {
        var value = remainder
        var rest = count
        while rest != 0 {
            value = value << 8 ^ PosixChecksum.table[Int(UInt8(truncatingIfNeeded: value >> 24) ^ UInt8(rest & 0xFF))]
            rest >>= 8
        }
        return "\(~value) \(count)"
    }

    static func text(of bytes: [UInt8]) -> String {
        var checksum = PosixChecksum()
        bytes.withUnsafeBytes { checksum.update($0) }
        return checksum.text
    }
}
