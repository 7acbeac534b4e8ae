import Support

/// A member of a zip, as described by the central directory and confirmed by its local header.
public struct ZipEntry: Sendable {
    /// How the member is packed.
    enum Method: Sendable, Equatable {
        case stored, deflated, zstd
        /// Another method, by its number (APPNOTE 4.4.5). The member can be listed but not read.
        case other(UInt16)

        init(_ number: UInt16) {
            switch number {
            case 0: self = .stored
            case 8: self = .deflated
            case 93: self = .zstd
            default: self = .other(number)
            }
        }
    }

    /// The name as written, never decoded.
    public let name: ByteString
    /// The name in the local header, which readers see that go from member to member. It is usually the same.
    let localName: ByteString
    /// How the data is packed.
    let method: Method
    /// CRC-32 of the content.
    let crc32: UInt32
    /// Bytes of the unpacked content.
    public let size: Int64
    /// The mode as a Unix zip program stored it, with the file type; nil if another system made the member.
    public let unixMode: UInt32?
    /// The packed bytes.
    public let data: FileSlice
    /// Where the member's local header begins.
    let headerOffset: Int64
    /// Whether the sizes may follow the data.
    let hasDescriptor: Bool

    /// Whether the name ends in `/`.
    public var isDirectory: Bool { name.bytes.last == UInt8(ascii: "/") }
}
