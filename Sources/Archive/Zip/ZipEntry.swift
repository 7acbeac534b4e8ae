import Support

/// A member of a zip, as its central directory describes it and its local header confirms it.
public struct ZipEntry: Sendable {
    /// How the member is packed.
    public enum Method: Sendable, Equatable {
        case stored, deflated, zstd
        /// Another method, by its number; the member can be listed but not read.
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
    /// The name in the local header: what readers see that go from member to member. Most often the same.
    let localName: ByteString
    public let method: Method
    /// CRC-32 of the content.
    let crc32: UInt32
    /// Bytes of content once unpacked.
    public let size: Int64
    /// Mode as a Unix zip program stored it, file type included; nil if the member does not come from one.
    public let unixMode: UInt32?
    /// The packed bytes.
    public let data: FileSlice
    /// Where the member's local header begins.
    let headerOffset: Int64
    /// Whether sizes may follow the data.
    let hasDescriptor: Bool

    /// Whether the name ends in `/`.
    public var isDirectory: Bool { name.bytes.last == UInt8(ascii: "/") }
}
