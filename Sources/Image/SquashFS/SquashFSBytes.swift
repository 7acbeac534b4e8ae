/// How numbers are written in a SquashFS.
enum SquashFSBytes {
    /// A little-endian number; the bytes must be there.
    static func number(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> UInt64 {
        bytes[offset..<(offset + count)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
