/// Writes zips for tests, also damaged ones.
public struct ZipBuilder {
    public enum Method: UInt16, Sendable { case stored = 0, deflated = 8, zstd = 93 }

    private var bytes: [UInt8] = []
    private var directory: [UInt8] = []
    private var count = 0

    public init() {}

    /// Appends a member.
    ///
    /// - Parameters:
    ///   - mode: Unix mode with file type; nil makes the member look as if written under DOS.
    ///   - descriptor: the sizes follow the data.
    ///   - zip64: sizes stand in 64-bit extra fields.
    ///   - checksum: instead of the right one.
    ///   - size: claimed instead of the right one.
    ///   - localName: differs from the central directory.
    ///   - headerOffset: claimed by the central directory instead of the right one.
    ///   - packed: what the contents were packed to; nil: they are packed here.
    public mutating func add(
        _ name: String, _ contents: [UInt8], method: Method = .stored, mode: UInt32? = 0o100644,
        descriptor: Bool = false, zip64: Bool = false, checksum: UInt32? = nil, size: UInt32? = nil,
        localName: String? = nil, headerOffset: UInt32? = nil, packed: [UInt8]? = nil
    ) {
        let packed =
            packed
            ?? {
                switch method {
                case .stored: contents
                case .deflated: Compression.deflate(contents)
                case .zstd: Compression.zstd(contents)
                }
            }()
        let checksum = checksum ?? Compression.crc32(contents)
        let size = size ?? UInt32(contents.count)
        let flags: UInt16 = (descriptor ? 8 : 0) | 0x800
        let offset = headerOffset ?? UInt32(bytes.count)
        let full = UInt32.max
        let extra: [UInt8] = zip64 ? le16(1) + le16(16) + le64(UInt64(size)) + le64(UInt64(packed.count)) : []
        let sizes = zip64 ? le32(full) + le32(full) : le32(UInt32(packed.count)) + le32(size)
        let inLocal = Array((localName ?? name).utf8)
        let common = le16(method.rawValue) + le32(0x21_0000)
        bytes += le32(0x0403_4B50) + le16(20) + le16(flags) + common
        bytes += descriptor ? [UInt8](repeating: 0, count: 12) : le32(checksum) + sizes
        bytes += le16(UInt16(inLocal.count)) + le16(UInt16(descriptor ? 0 : extra.count)) + inLocal
        if !descriptor { bytes += extra }
        bytes += packed
        if descriptor { bytes += le32(0x0807_4B50) + le32(checksum) + le32(UInt32(packed.count)) + le32(size) }
        directory += le32(0x0201_4B50) + le16(mode == nil ? 20 : 3 << 8 | 20) + le16(20) + le16(flags) + common
        directory += le32(checksum) + sizes + le16(UInt16(name.utf8.count)) + le16(UInt16(extra.count)) + le16(0)
        directory += le16(0) + le16(0) + le32((mode ?? 0) << 16) + le32(offset) + Array(name.utf8) + extra
        count += 1
    }

    public mutating func add(_ name: String, _ text: String, method: Method = .deflated, mode: UInt32? = 0o100644) {
        add(name, Array(text.utf8), method: method, mode: mode)
    }

    /// Bytes that belong to no member.
    public mutating func addForeignBytes(_ foreign: [UInt8]) { bytes += foreign }

    /// The zip with its central directory; `zip64` writes the 64-bit end records, and `oldEnd` what the old one has then:
    /// all ones where it is nil, else the true values and the difference added to the size of the directory.
    public func finish(comment: String = "", zip64: Bool = false, oldEnd: Int? = nil) -> [UInt8] {
        var result = bytes + directory
        let (offset, size) = (bytes.count, directory.count)
        if zip64 {
            let end = result.count
            result += le32(0x0606_4B50) + le64(44) + le16(45) + le16(45) + le32(0) + le32(0)
            result += le64(UInt64(count)) + le64(UInt64(count)) + le64(UInt64(size)) + le64(UInt64(offset))
            result += le32(0x0706_4B50) + le32(0) + le64(UInt64(end)) + le32(1)
            let members = oldEnd == nil ? 0xFFFF : UInt16(count)
            result += le32(0x0605_4B50) + le16(0) + le16(0) + le16(members) + le16(members)
            result += oldEnd.map { le32(UInt32(size + $0)) + le32(UInt32(offset)) } ?? le32(.max) + le32(.max)
        } else {
            result += le32(0x0605_4B50) + le16(0) + le16(0) + le16(UInt16(count)) + le16(UInt16(count))
            result += le32(UInt32(size)) + le32(UInt32(offset))
        }
        return result + le16(UInt16(comment.utf8.count)) + Array(comment.utf8)
    }

    private func le16(_ value: UInt16) -> [UInt8] { [UInt8(truncatingIfNeeded: value), UInt8(value >> 8)] }
    private func le32(_ value: UInt32) -> [UInt8] {
        le16(UInt16(truncatingIfNeeded: value)) + le16(UInt16(value >> 16))
    }
    private func le64(_ value: UInt64) -> [UInt8] {
        le32(UInt32(truncatingIfNeeded: value)) + le32(UInt32(value >> 32))
    }
}
