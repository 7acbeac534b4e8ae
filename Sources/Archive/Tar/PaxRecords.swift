import Support

/// What the records of a pax header say of the entry behind it, as far as a pack needs it.
struct PaxRecords {
    private(set) var path: ByteString?
    private(set) var linkPath: ByteString?
    /// Bytes.
    private(set) var size: Int64?

    /// Reads records of the form `<length> <key>=<value>\n`; of a key the last one counts.
    ///
    /// - Returns: nil if they are damaged.
    init?(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while let first = rest.first, first != 0 {
            guard let space = rest.firstIndex(of: UInt8(ascii: " ")),
                let length = Int(String(decoding: rest[..<space], as: UTF8.self)), length > space - rest.startIndex + 1,
                length <= rest.count, rest[rest.startIndex + length - 1] == UInt8(ascii: "\n")
            else { return nil }
            let record = rest[(space + 1)..<(rest.startIndex + length - 1)]
            guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            let value = record[(equals + 1)...]
            switch String(decoding: record[..<equals], as: UTF8.self) {
            case "path": path = ByteString(value)
            case "linkpath": linkPath = ByteString(value)
            case "size":
                guard let number = Int64(String(decoding: value, as: UTF8.self)), number >= 0 else { return nil }
                size = number
            default: break
            }
            rest = rest[(rest.startIndex + length)...]
        }
    }
}
