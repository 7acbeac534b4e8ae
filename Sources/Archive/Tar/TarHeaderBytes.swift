import Support

/// The tar headers of packs, in the old GNU format, byte for byte as the original writes them
/// (docs/spec/lock.md#tar-headers).
public enum TarHeaderBytes {
    /// The zeros at the end of an archive, in bytes.
    static let endSize: Int64 = 1024
    private static let blockSize = 512
    /// 2006-07-24T01:21:28Z, the time of every entry.
    private static let time: Int64 = 1_153_704_088

    /// The header of a regular file, with a header for a long name before it if the name needs one.
    public static func file(_ path: RelativePath, size: Int64) -> [UInt8] {
        entry(path, mode: 0o644, size: size, type: UInt8(ascii: "0"))
    }

    /// The header of a directory, whose name ends in `/`.
    public static func directory(_ path: RelativePath) -> [UInt8] {
        entry(path, mode: 0o755, size: 0, type: UInt8(ascii: "5"))
    }

    /// How many zeros follow content of `size` bytes.
    public static func padding(after size: Int64) -> Int {
        let rest = Int(size % Int64(blockSize))
        return rest == 0 ? 0 : blockSize - rest
    }

    private static func entry(_ path: RelativePath, mode: Int64, size: Int64, type: UInt8) -> [UInt8] {
        let name = path.bytes.bytes
        guard name.count > 100 else { return block(name, mode: mode, size: size, time: time, type: type) }
        let contents = name + [0]
        var bytes = block(
            Array("././@LongLink".utf8), mode: 0o644, size: Int64(contents.count), time: 0, type: UInt8(ascii: "L"),
            hasDevice: false)
        bytes += contents + [UInt8](repeating: 0, count: padding(after: Int64(contents.count)))
        // A name is not cut in the middle of a character.
        var cut = 100
        while cut > 0 && name[cut] & 0xC0 == 0x80 { cut -= 1 }
        return bytes + block(Array(name[..<cut]), mode: mode, size: size, time: time, type: type)
    }

    private static func block(
        _ name: [UInt8], mode: Int64, size: Int64, time: Int64, type: UInt8, hasDevice: Bool = true
    ) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: blockSize)
        func put(_ bytes: some Collection<UInt8>, at offset: Int) {
            header.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
        }
        put(name, at: 0)
        put(octal(mode, digits: 7), at: 100)
        put(octal(0, digits: 7), at: 108)
        put(octal(0, digits: 7), at: 116)
        put(sizeField(size), at: 124)
        put(octal(time, digits: 11), at: 136)
        header[156] = type
        put("ustar  ".utf8, at: 257)
        if hasDevice {
            put(octal(0, digits: 7), at: 329)
            put(octal(0, digits: 7), at: 337)
        }
        put([UInt8](repeating: UInt8(ascii: " "), count: 8), at: 148)
        let checksum = header.reduce(0) { $0 + Int64($1) }
        // Seven digits and a zero, where GNU tar has six digits, a zero and a space.
        put(octal(checksum, digits: 7) + [0], at: 148)
        return header
    }

    /// Octal; base 256 from 8 GiB on.
    private static func sizeField(_ size: Int64) -> [UInt8] {
        if size < 1 << 33 { return octal(size, digits: 11) }
        return [0x80, 0, 0, 0] + (0..<8).map { UInt8(truncatingIfNeeded: size >> (56 - 8 * $0)) }
    }

    private static func octal(_ value: Int64, digits: Int) -> [UInt8] {
        (0..<digits).map { UInt8(ascii: "0") + UInt8(truncatingIfNeeded: (value >> (3 * (digits - 1 - $0))) & 7) }
    }
}
