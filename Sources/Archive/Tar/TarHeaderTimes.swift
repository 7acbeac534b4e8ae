import Support

/// The modification times as the headers of a tar stream have them, in whole seconds.
///
/// libarchive prefers the fractions of pax records; the original never looks at these, and writers differ in how they
/// round for the header (docs/spec/install.md#extraction). So the headers are looked at as the stream passes by. Where
/// they cannot be followed with certainty (sparse files, sizes only in pax records) this gives up, and libarchive's
/// times count.
struct TarHeaderTimes {
    /// Where the next byte to observe lies in the stream.
    private var position: Int64 = 0
    /// Where the next header begins.
    private var header: Int64 = 0
    /// Where the first header of the entry begins, if extension headers precede its own.
    private var entryStart: Int64?
    /// The part of a header, or of an extension with its records, seen so far.
    private var collected: [UInt8] = []
    private var isLost = false
    /// Of entries libarchive was not asked about yet, in order.
    private var times: [(start: Int64, time: Int64)] = []

    /// Records longer than this are not followed.
    private static let maximumExtension: Int64 = 1 << 20

    /// Takes the next bytes of the stream.
    mutating func observe(_ block: UnsafeRawBufferPointer) {
        defer { position += Int64(block.count) }
        while !isLost {
            let offset = header + Int64(collected.count) - position
            guard offset < block.count else { return }
            let missing = Self.length(of: collected) - collected.count
            collected.append(contentsOf: block[Int(offset)...].prefix(missing))
            // An extension is longer than its header says at first.
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

    /// How many bytes are needed of what was begun.
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
            // Whether content follows then is a matter of opinion.
            isLost = block.size > 0
            end()
        default: isLost = true
        }
        header += Int64(TarHeader.blockSize) + Self.padded(block.size)
    }

    /// Notes the time of the entry whose own header was collected.
    private mutating func end() {
        if let time = TarHeader.number(collected[136..<148]) { times.append((entryStart ?? header, time)) }
        entryStart = nil
    }

    private static func padded(_ size: Int64) -> Int64 { (size + 511) & ~511 }
}

extension ArraySlice<UInt8> {
    fileprivate func contains(_ text: StaticString) -> Bool {
        firstRange(of: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)) != nil
    }
}
