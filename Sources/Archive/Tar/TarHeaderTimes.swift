import Support

/// The modification times in the headers of a tar stream, in whole seconds since 1970.
///
/// libarchive prefers the fractions of pax records. The original never reads these, and writers differ in how they
/// round for the header (docs/spec/install.md#extraction). So this reads the headers as the stream passes by. Where it
/// cannot follow them with certainty (sparse files, sizes that are only in pax records) it gives up, and libarchive's
/// times are used.
struct TarHeaderTimes {
    /// Where in the stream the next byte to observe is.
    private var position: Int64 = 0
    /// Where the next header begins.
    private var header: Int64 = 0
    /// Where the first header of the entry begins if extension headers come before its own.
    private var entryStart: Int64?
    /// What was seen so far of the current header, or of an extension with its records.
    private var collected: [UInt8] = []
    private var isLost = false
    /// The times of entries that were not asked for yet, in order.
    private var times: [(start: Int64, time: Int64)] = []

    /// Longer records are not followed.
    private static let maximumExtension: Int64 = 1 << 20

    /// Reads the next bytes of the stream.
    mutating func observe(_ block: UnsafeRawBufferPointer) {
        defer { position += Int64(block.count) }
        while !isLost {
            let offset = header + Int64(collected.count) - position
            guard offset < block.count else { return }
            let missing = Self.length(of: collected) - collected.count
            collected.append(contentsOf: block[Int(offset)...].prefix(missing))
            // Once its header is complete, an extension turns out to be longer.
            if collected.count == Self.length(of: collected) { take() }
        }
    }

    /// The time of the entry whose first header begins at `start`; nil if it is not known.
    mutating func time(ofEntryAt start: Int64) -> Int64? {
        let passed = times.prefix { $0.start < start }.count
        times.removeFirst(passed)
        guard let first = times.first, first.start == start else { return nil }
        return first.time
    }

    /// How many bytes the header or extension that was begun has.
    private static func length(of bytes: [UInt8]) -> Int {
        guard bytes.count >= TarHeader.blockSize, bytes[156] == UInt8(ascii: "x") else { return TarHeader.blockSize }
        let size = TarHeader.number(bytes[124..<136]) ?? 0
        guard (0...maximumExtension).contains(size) else { return TarHeader.blockSize }
        return TarHeader.blockSize + Int(padded(size))
    }

    private mutating func take() {
        defer { collected.removeAll(keepingCapacity: true) }
        guard let block = try? TarHeader(collected[..<TarHeader.blockSize], at: header),
            block.size <= Int64.max >> 1 - header
        else {
            isLost = true
            return
        }
        switch block.type {
        case UInt8(ascii: "x"):
            let records = collected[TarHeader.blockSize...]
            isLost = Int64(records.count) < block.size || records.contains(" size=") || records.contains(" GNU.sparse.")
            entryStart = entryStart ?? header
        case UInt8(ascii: "g"), UInt8(ascii: "L"), UInt8(ascii: "K"): entryStart = entryStart ?? header
        case UInt8(ascii: "0"), 0, UInt8(ascii: "7"): end()
        case UInt8(ascii: "1")...UInt8(ascii: "6"):
            // Readers differ in whether content follows such a header.
            isLost = block.size > 0
            end()
        default: isLost = true
        }
        header += Int64(TarHeader.blockSize) + Self.padded(block.size)
    }

    /// Notes the time of the entry whose own header is complete.
    private mutating func end() {
        if let time = TarHeader.number(collected[136..<148]) { times.append((entryStart ?? header, time)) }
        entryStart = nil
    }

    private static func padded(_ size: Int64) -> Int64 { (size + 511) & ~511 }
}

extension ArraySlice<UInt8> {
    /// Whether the text occurs. `firstRange(of:)` takes a hundred times as long, and records may be long.
    fileprivate func contains(_ text: StaticString) -> Bool {
        withUnsafeBytes { bytes in
            let needle = UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
            return ByteSearch.find(needle, in: bytes, from: 0) != nil
        }
    }
}
