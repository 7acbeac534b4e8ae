import Support

/// The RECORD file of a wheel: what the wheel contains, and later what was installed (PEP 376,
/// docs/spec/install.md#wheel-checks, docs/spec/install.md#record).
struct WheelRecord: Sendable {
    /// One line.
    struct Row: Sendable, Equatable, Comparable {
        /// Relative to the directory the wheel is unpacked into.
        var path: ByteString
        /// `<algorithm>=<digest in base64>`; nil for an empty field.
        var hash: ByteString?
        /// In bytes; nil for an empty field.
        var size: UInt64?

        static func < (left: Row, right: Row) -> Bool {
            if left.path != right.path { return left.path < right.path }
            if left.hash != right.hash {
                guard let leftHash = left.hash, let rightHash = right.hash else { return left.hash == nil }
                return leftHash < rightHash
            }
            guard let leftSize = left.size, let rightSize = right.size else {
                return left.size == nil && right.size != nil
            }
            return leftSize < rightSize
        }

        /// The digest if the hash is a well-formed SHA-256. Other hashes are not checked, as in the original; the CRC
        /// of the archive is.
        var sha256: SHA256Digest? {
            guard let hash, hash.hasPrefix("sha256="), let bytes = Base64.url.decode(hash.bytes.dropFirst(7)) else {
                return nil
            }
            return SHA256Digest(exactly: bytes)
        }
    }

    var rows: [Row] = []

    init() {}

    /// All rows of a text.
    ///
    /// - Throws: `Failure` if the text is not CSV in UTF-8 with at most three fields per row and numbers as sizes.
    init(parsing text: [UInt8]) throws { try WheelRecord.forEachRow(text) { rows.append($0) } }

    /// Reads RECORD and makes it agree with the files: leading slashes are dropped, rows without a file and second rows
    /// of a file are left out, and rows for files without one are added, except for signatures of RECORD.
    ///
    /// - Parameter metadataDirectory: the dist-info directory.
    /// - Returns: for each file of `members` the row about it.
    /// - Throws: `Failure` as `init(parsing:)`.
    static func matched(
        _ text: [UInt8], to members: WheelMembers, metadataDirectory: ByteString
    ) throws -> (record: WheelRecord, rowOfFile: [Int?]) {
        var record = WheelRecord()
        var rowOfFile = [Int?](repeating: nil, count: members.files.count)
        try forEachRow(text) { row in
            var row = row
            if row.path.bytes.first == UInt8(ascii: "/") {
                row.path = ByteString(row.path.bytes.drop { $0 == UInt8(ascii: "/") })
            }
            guard let file = members.position(named: row.path), rowOfFile[file] == nil else { return }
            rowOfFile[file] = record.rows.count
            record.rows.append(row)
        }
        let signatures: Set<ByteString> = [
            metadataDirectory.appending(path: "RECORD.jws"), metadataDirectory.appending(path: "RECORD.p7s"),
        ]
        for (index, file) in members.files.enumerated()
        where rowOfFile[index] == nil && !signatures.contains(file.path.bytes) {
            rowOfFile[index] = record.rows.count
            record.rows.append(Row(path: file.path.bytes, hash: nil, size: UInt64(clamping: file.entry.size)))
        }
        return (record, rowOfFile)
    }

    private static func forEachRow(_ text: [UInt8], _ body: (Row) throws -> Void) throws {
        for (index, fields) in CSVRows(text).enumerated() {
            try Interruption.check()
            func malformed(_ reason: Message) -> Failure { Failure("row \(index + 1) of RECORD \(reason)") }
            // Missing fields count as empty, as in pip.
            guard (1...3).contains(fields.count) else {
                throw malformed("has \(fields.count) fields instead of 3")
            }
            guard fields.allSatisfy(isUTF8) else { throw malformed("is not UTF-8") }
            var row = Row(path: ByteString(fields[0]))
            if fields.count > 1, !fields[1].isEmpty { row.hash = ByteString(fields[1]) }
            if fields.count > 2, !fields[2].isEmpty {
                guard let number = UInt64(String(decoding: fields[2], as: UTF8.self)) else {
                    throw malformed("has a size that is no number")
                }
                row.size = number
            }
            try body(row)
        }
    }

    private static func isUTF8(_ field: [UInt8]) -> Bool {
        field.allSatisfy { $0 < 0x80 } || ByteString(field).string != nil
    }

    /// Adds the row of a file that the installer makes.
    mutating func add(path: ByteString, digest: SHA256Digest, size: UInt64) {
        rows.append(Row(path: path, hash: Self.hashField(digest), size: size))
    }

    /// A digest as the second field of a row.
    static func hashField(_ digest: SHA256Digest) -> ByteString {
        ByteString(Array("sha256=".utf8) + Base64.url.encode(digest.bytes).utf8)
    }

    /// The text of the file: rows sorted, lines ended by LF, quotes only where CSV needs them.
    func rendered() -> [UInt8] {
        var text: [UInt8] = []
        for row in rows.sorted() {
            Self.append(row.path.bytes, to: &text)
            text.append(UInt8(ascii: ","))
            Self.append(row.hash?.bytes ?? [], to: &text)
            text.append(UInt8(ascii: ","))
            if let size = row.size { text.append(contentsOf: String(size).utf8) }
            text.append(0x0A)
        }
        return text
    }

    private static func append(_ field: [UInt8], to text: inout [UInt8]) {
        let quote = UInt8(ascii: "\"")
        guard field.contains(where: { $0 == UInt8(ascii: ",") || $0 == quote || $0 == 0x0A || $0 == 0x0D }) else {
            text.append(contentsOf: field)
            return
        }
        text.append(quote)
        for byte in field { text.append(contentsOf: byte == quote ? [quote, quote] : [byte]) }
        text.append(quote)
    }
}

/// The path without `.` and empty components and with `..` resolved; nil if it is absolute, leaves its root, or is
/// empty.
func normalizedPath(_ path: ByteString) -> ByteString? {
    if path.bytes.withUnsafeBufferPointer(RelativePath.isPlain) { return path }
    if path.bytes.first == UInt8(ascii: "/") { return nil }
    var components: [ArraySlice<UInt8>] = []
    for component in path.bytes.split(separator: UInt8(ascii: "/")) {
        if component.elementsEqual(".".utf8) { continue }
        if component.elementsEqual("..".utf8) {
            if components.popLast() == nil { return nil }
        } else {
            components.append(component)
        }
    }
    return components.isEmpty ? nil : ByteString(Array(components.joined(separator: [UInt8(ascii: "/")])))
}
