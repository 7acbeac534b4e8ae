import Support

/// Reads the central directory of a zip (APPNOTE 6.3.10; wheels: docs/spec/install.md#unzipping, `.conda`:
/// docs/spec/install.md#conda).
///
/// Everything is checked before the first member is handed out: ranges lie inside the file, local headers agree with
/// the directory except for the name, and no two members share bytes. Zip64, data descriptors and Unix modes are
/// understood; encrypted and split archives are refused.
public struct ZipReader: Sendable {
    /// In the order of the central directory.
    public let entries: [ZipEntry]

    private static let localSignature: UInt32 = 0x0403_4B50
    private static let centralSignature: UInt32 = 0x0201_4B50
    /// The signature of the record that signs the directory (APPNOTE 4.3.13).
    private static let signatureSignature: UInt32 = 0x0505_4B50

    /// - Throws: `Failure` saying what is wrong with the zip.
    public init(_ slice: FileSlice) throws {
        let directory = try ZipEnd(of: slice)
        let bytes = try slice.part(offset: directory.offset, length: directory.size).readAll()
        entries = try bytes.withUnsafeBytes {
            try ZipReader.parse(LittleEndian(bytes: $0), directory: directory, slice: slice)
        }
        try ZipReader.refuseOverlaps(entries, slice: slice, directoryOffset: directory.offset)
    }

    private static func parse(_ bytes: LittleEndian, directory: ZipEnd, slice: FileSlice) throws -> [ZipEntry] {
        var entries: [ZipEntry] = []
        var position = 0
        // The number of members is only known modulo 2^16, so the size of the directory ends the loop.
        while position < bytes.bytes.count {
            if position + 6 <= bytes.bytes.count, bytes.uint32(position) == signatureSignature,
                position + 6 + Int(bytes.uint16(position + 4)) == bytes.bytes.count
            {
                break
            }
            guard bytes.bytes.count - position >= 46, bytes.uint32(position) == centralSignature else {
                throw Failure("the zip's central directory is damaged", kind: .integrity)
            }
            let (nameLength, extraLength) = (Int(bytes.uint16(position + 28)), Int(bytes.uint16(position + 30)))
            let end = position + 46 + nameLength + extraLength + Int(bytes.uint16(position + 32))
            guard end <= bytes.bytes.count else {
                throw Failure("the zip's central directory is damaged", kind: .integrity)
            }
            let fields = try ZipFields(bytes, at: position, nameLength: nameLength, extraLength: extraLength)
            entries.append(try confirm(fields, slice: slice, limit: directory.offset))
            position = end
        }
        guard UInt64(entries.count) & 0xFFFF == directory.count & 0xFFFF else {
            throw Failure("the zip's central directory has \(entries.count) members, its end says \(directory.count)")
        }
        return entries
    }

    /// Compares the local header with the record of the directory and finds the data.
    private static func confirm(_ fields: ZipFields, slice: FileSlice, limit: Int64) throws -> ZipEntry {
        func damaged(_ reason: Message) -> Failure { Failure("zip member '\(fields.name)': \(reason)") }
        guard fields.flags & 0x2041 == 0 else { throw damaged("it is encrypted") }
        guard fields.headerOffset <= limit - 30 else { throw damaged("it lies outside of the file") }
        // In most archives the local name equals that of the directory, and one read is enough.
        let expected = min(30 + Int64(fields.name.count), limit - fields.headerOffset)
        let header = try slice.part(offset: fields.headerOffset, length: expected).readAll()
        var (hasDescriptor, nameLength) = (false, Int64(0))
        let dataOffset = try header.withUnsafeBytes { raw in
            let bytes = LittleEndian(bytes: raw)
            guard bytes.uint32(0) == localSignature else { throw damaged("its local header is missing") }
            nameLength = Int64(bytes.uint16(26))
            guard bytes.uint16(8) == fields.method, bytes.uint16(6) & 0x2041 == 0 else {
                throw damaged("its local header differs from the central directory")
            }
            let (packed, size) = (Int64(bytes.uint32(18)), Int64(bytes.uint32(22)))
            // Sizes that are behind the data (flag 3) or in a zip64 field are not in the local header.
            hasDescriptor = (fields.flags | bytes.uint16(6)) & 8 != 0
            if !hasDescriptor, packed != 0xFFFF_FFFF, size != 0xFFFF_FFFF {
                guard packed == fields.packedSize, size == fields.size, bytes.uint32(14) == fields.crc32 else {
                    throw damaged("its local header differs from the central directory")
                }
            }
            return fields.headerOffset + 30 + nameLength + Int64(bytes.uint16(28))
        }
        guard dataOffset <= limit, fields.packedSize <= limit - dataOffset else {
            throw damaged("\(fields.packedSize) bytes of data are expected, \(max(0, limit - dataOffset)) are there")
        }
        var localName = fields.name
        if nameLength != fields.name.count || !header[30...].elementsEqual(fields.name.bytes) {
            localName = ByteString(try slice.part(offset: fields.headerOffset + 30, length: nameLength).readAll())
        }
        let method = ZipEntry.Method(fields.method)
        if method == .stored && fields.packedSize != fields.size { throw damaged("its sizes contradict each other") }
        return ZipEntry(
            name: fields.name, localName: localName, method: method, crc32: fields.crc32, size: fields.size,
            unixMode: fields.unixMode,
            data: try slice.part(offset: dataOffset, length: fields.packedSize), headerOffset: fields.headerOffset,
            hasDescriptor: hasDescriptor)
    }

    private static func refuseOverlaps(_ entries: [ZipEntry], slice: FileSlice, directoryOffset: Int64) throws {
        var end: Int64 = 0
        for entry in entries.sorted(by: { $0.headerOffset < $1.headerOffset }) {
            guard entry.headerOffset >= end else {
                throw Failure("zip member '\(entry.name)' shares bytes with another one")
            }
            end = entry.data.offset - slice.offset + entry.data.length
        }
    }

    /// - Throws: `Failure` if bytes between the members belong to none of them: a reader that goes by local headers
    ///   would find other members there.
    func refuseHiddenMembers(_ slice: FileSlice) throws {
        var end: Int64 = 0
        var slack: Int64 = 0
        for entry in entries.sorted(by: { $0.headerOffset < $1.headerOffset }) {
            guard entry.headerOffset - end <= slack else {
                throw Failure("bytes \(end)..<\(entry.headerOffset) belong to no member of the zip")
            }
            end = entry.data.offset - slice.offset + entry.data.length
            slack = entry.hasDescriptor ? 24 : 0
        }
    }
}

/// The fields of one record of the central directory (APPNOTE 4.3.12).
private struct ZipFields {
    let name: ByteString
    let flags: UInt16
    let method: UInt16
    let crc32: UInt32
    var packedSize: Int64
    var size: Int64
    var headerOffset: Int64
    let unixMode: UInt32?

    init(_ bytes: LittleEndian, at position: Int, nameLength: Int, extraLength: Int) throws {
        let nameStart = position + 46
        name = ByteString(bytes.bytes[nameStart..<(nameStart + nameLength)])
        flags = bytes.uint16(position + 8)
        method = bytes.uint16(position + 10)
        crc32 = bytes.uint32(position + 16)
        packedSize = Int64(bytes.uint32(position + 20))
        size = Int64(bytes.uint32(position + 24))
        headerOffset = Int64(bytes.uint32(position + 42))
        let system = bytes.uint16(position + 4) >> 8
        let mode = bytes.uint32(position + 38) >> 16
        // The host system: 3 is Unix, 19 is macOS.
        unixMode = (system == 3 || system == 19) && mode != 0 ? mode : nil
        try readZip64(bytes, from: nameStart + nameLength, length: extraLength)
    }

    /// Reads the 64-bit values of extra field 1, which are present only for fields in which all bits are set (APPNOTE
    /// 4.5.3).
    private mutating func readZip64(_ bytes: LittleEndian, from start: Int, length: Int) throws {
        let full: Int64 = 0xFFFF_FFFF
        guard size == full || packedSize == full || headerOffset == full else { return }
        var position = start
        while start + length - position >= 4 {
            let fieldLength = Int(bytes.uint16(position + 2))
            let end = position + 4 + fieldLength
            guard end <= start + length else { break }
            if bytes.uint16(position) == 1 {
                var value = position + 4
                func take() throws -> Int64 {
                    defer { value += 8 }
                    guard value + 8 <= end, let number = Int64(exactly: bytes.uint64(value)) else {
                        throw Failure("zip member '\(name)': its 64-bit sizes are damaged", kind: .integrity)
                    }
                    return number
                }
                if size == full { size = try take() }
                if packedSize == full { packedSize = try take() }
                if headerOffset == full { headerOffset = try take() }
                return
            }
            position = end
        }
    }
}
