import Support

/// Where a zip's central directory is, by its end record or by the 64-bit one before it (APPNOTE 6.3.10, sections
/// 4.3.14 to 4.3.16).
struct ZipEnd {
    /// From the beginning of the zip.
    let offset: Int64
    /// Bytes.
    let size: Int64
    /// How many members there are, modulo 2^16 if there is no 64-bit record.
    let count: UInt64

    private static let endSignature: UInt32 = 0x0605_4B50
    private static let end64Signature: UInt32 = 0x0606_4B50
    private static let locatorSignature: UInt32 = 0x0706_4B50
    /// The largest central directory accepted: over a million members.
    private static let maximumDirectorySize: Int64 = 128 << 20
    /// The size of an end record with the longest comment, and the locator before it.
    private static let usualTail: Int64 = 22 + 65_535 + 20
    /// How many bytes may follow a zip. They belong to no member, and readers that begin at the first member never see
    /// them.
    private static let mostTrailing: Int64 = 1 << 20

    /// - Throws: `Failure` if there is no end record, or its directory is not where it says.
    init(of slice: FileSlice) throws {
        // Ordinary zips end with their end record.
        for length in [Self.usualTail, Self.mostTrailing + Self.usualTail] {
            let tail = try Tail(slice, length: min(slice.length, length))
            if let end = try tail.find(mustReachEnd: length == Self.usualTail) {
                self = end
                guard size <= Self.maximumDirectorySize else {
                    throw Failure(
                        "the zip's central directory has \(size) bytes, more than \(Self.maximumDirectorySize)")
                }
                return
            }
        }
        throw Failure("this is not a zip file, or its end is missing (\(slice.length) bytes)")
    }

    private init(offset: Int64, size: Int64, count: UInt64) {
        (self.offset, self.size, self.count) = (offset, size, count)
    }

    /// The last bytes of a zip.
    private struct Tail {
        let slice: FileSlice
        let bytes: [UInt8]
        let offset: Int64

        init(_ slice: FileSlice, length: Int64) throws {
            self.slice = slice
            offset = slice.length - length
            bytes = try slice.part(offset: offset, length: length).readAll()
        }

        /// The last end record that is consistent; nil if nothing looks like one.
        func find(mustReachEnd: Bool) throws -> ZipEnd? {
            try bytes.withUnsafeBytes { raw in
                let tail = LittleEndian(bytes: raw)
                var problem: (any Error)?
                var position = bytes.count - 22
                while position >= 0 {
                    defer { position -= 1 }
                    guard raw[position] == UInt8(ascii: "P"), tail.uint32(position) == endSignature else { continue }
                    let end = position + 22 + Int(tail.uint16(position + 20))
                    guard mustReachEnd ? end == bytes.count : end <= bytes.count else { continue }
                    do {
                        return try read(tail, at: position)
                    } catch {
                        // The signature may occur in a comment or in bytes behind the zip.
                        problem = problem ?? error
                    }
                }
                if let problem { throw problem }
                return nil
            }
        }

        private func read(_ tail: LittleEndian, at position: Int) throws -> ZipEnd {
            guard tail.uint16(position + 4) == tail.uint16(position + 6) else {
                throw Failure("split zip files cannot be read")
            }
            let end = ZipEnd(
                offset: Int64(tail.uint32(position + 16)), size: Int64(tail.uint32(position + 12)),
                count: UInt64(tail.uint16(position + 10)))
            let isMarked = end.count == 0xFFFF || end.size == 0xFFFF_FFFF || end.offset == 0xFFFF_FFFF
            if position >= 20, tail.uint32(position - 20) == locatorSignature,
                let (end64, start) = try read64(at: tail.uint64(position - 12), isNeeded: isMarked)
            {
                return try end64.confirmed(by: end, before: start)
            }
            return try end.confirmed(by: end, before: offset + Int64(position))
        }

        /// The 64-bit end record, and where it begins. Some writers add one although the old record has the true
        /// values.
        private func read64(at offset: UInt64, isNeeded: Bool) throws -> (end: ZipEnd, start: Int64)? {
            guard let start = Int64(exactly: offset), start <= slice.length - 56 else {
                if !isNeeded { return nil }
                throw Failure("the zip's 64-bit end record lies outside of the file")
            }
            return try slice.part(offset: start, length: 56).readAll().withUnsafeBytes { raw in
                let bytes = LittleEndian(bytes: raw)
                guard bytes.uint32(0) == end64Signature, let size = Int64(exactly: bytes.uint64(40)),
                    let position = Int64(exactly: bytes.uint64(48))
                else {
                    if !isNeeded { return nil }
                    throw Failure("the zip's 64-bit end record is damaged", kind: .integrity)
                }
                return (ZipEnd(offset: position, size: size, count: bytes.uint64(32)), start)
            }
        }
    }

    /// Returns itself if the directory ends at `limit` and every field of the old record agrees or is marked as too
    /// small.
    private func confirmed(by old: ZipEnd, before limit: Int64) throws -> ZipEnd {
        guard offset >= 0, size >= 0, offset <= limit, size == limit - offset else {
            throw Failure("the zip's central directory is not where its end says")
        }
        guard old.offset == 0xFFFF_FFFF || old.offset == offset, old.size == 0xFFFF_FFFF || old.size == size,
            old.count == 0xFFFF || old.count == count & 0xFFFF
        else { throw Failure("the two end records of the zip contradict each other") }
        return self
    }
}
