import LibC
import Support

/// Reads a tar stream as long as it consists of the plainest entries, which most packages have no others of: POSIX or GNU
/// headers with octal numbers, names in ASCII, and before them at most a pax header that only has times and owners. Those of
/// all other kinds are for libarchive, which goes on where this stops: whatever is read here, it reads the same way.
struct PlainTarReader {
    enum Step {
        case entry(TarEntry)
        case end
        /// Something else comes next, which was not consumed.
        case foreign
    }

    private enum Header {
        case plain(TarEntry)
        case zeros
        /// A pax header with so many bytes.
        case pax(Int)
        case foreign
    }

    private let input: TarInput
    /// What is left of the current block.
    private var block = UnsafeRawBufferPointer(start: nil, count: 0)
    /// The headers at hand, if they do not lie in one block.
    private var collected: [UInt8] = []
    private(set) var isAtStart = true
    private var size: Int64 = 0
    /// Bytes of the entry's content that were not handed out.
    private var missing: Int64 = 0
    private var padding: Int64 = 0
    /// The bytes that were handed out last: libarchive counts them when it skips.
    private var handedOut: Int64 = 0

    private static let longestPax = 4096
    private static let (spaces, none) = (UInt8(ascii: " "), UInt8(0))

    init(_ input: TarInput) { self.input = input }

    /// What begins with the header that `next` stopped at.
    var rest: (collected: [UInt8], block: UnsafeRawBufferPointer) { (collected, block) }

    /// Goes to the next entry.
    mutating func next() throws -> Step {
        try skip()
        collected.removeAll(keepingCapacity: true)
        if block.isEmpty { block = try input.next() }
        if block.isEmpty { return isAtStart ? .foreign : .end }
        if block.count >= TarHeader.blockSize {
            switch Self.header(UnsafeRawBufferPointer(rebasing: block[..<TarHeader.blockSize])) {
            case .plain(let entry):
                advance(TarHeader.blockSize)
                return begin(entry)
            case .zeros where !isAtStart: return .end
            case .zeros, .foreign: return .foreign
            case .pax: break
            }
        }
        return try collectedNext()
    }

    private mutating func collectedNext() throws -> Step {
        while try collect(TarHeader.blockSize) {
            let start = collected.count - TarHeader.blockSize
            let header = collected.withUnsafeBytes { Self.header(UnsafeRawBufferPointer(rebasing: $0[start...])) }
            switch header {
            case .plain(let entry): return begin(entry)
            case .zeros where start == 0 && !isAtStart: return .end
            case .zeros, .foreign: return .foreign
            case .pax(let count):
                guard start == 0, try collect((count + 511) & ~511),
                    collected.withUnsafeBytes({ bytes in
                        let records = bytes[TarHeader.blockSize..<(TarHeader.blockSize + count)]
                        return Self.isHarmless(UnsafeRawBufferPointer(rebasing: records))
                    })
                else { return .foreign }
            }
        }
        return .foreign
    }

    /// The next part of the current entry and its offset in the content; nil at the end.
    mutating func nextData() throws -> (bytes: UnsafeRawBufferPointer, offset: Int64)? {
        handedOut = 0
        if missing == 0 { return nil }
        if block.isEmpty { block = try input.next() }
        if block.isEmpty { throw TarInput.damage("Truncated tar archive") }
        let offset = size - missing
        let count = Int(min(Int64(block.count), missing))
        let bytes = UnsafeRawBufferPointer(rebasing: block[..<count])
        advance(count)
        missing -= Int64(count)
        handedOut = Int64(count)
        return (bytes, offset)
    }

    private mutating func begin(_ entry: TarEntry) -> Step {
        isAtStart = false
        (size, missing, handedOut) = (entry.size, entry.size, 0)
        padding = -entry.size & 511
        return .entry(entry)
    }

    private mutating func skip() throws {
        var left = missing + padding
        let (needed, before) = (left + handedOut, left)
        while left > 0 {
            if block.isEmpty { block = try input.next() }
            if block.isEmpty {
                let found = before - left + handedOut
                throw TarInput.damage("Truncated input file (needed \(needed) bytes, only \(found) available)")
            }
            let count = Int(min(Int64(block.count), left))
            advance(count)
            left -= Int64(count)
        }
        (missing, padding, handedOut) = (0, 0, 0)
    }

    private mutating func advance(_ count: Int) { block = UnsafeRawBufferPointer(rebasing: block[count...]) }

    /// Moves bytes from the stream to `collected`; false if it ends before.
    private mutating func collect(_ count: Int) throws -> Bool {
        var left = count
        while left > 0 {
            if block.isEmpty { block = try input.next() }
            if block.isEmpty { return false }
            let part = min(left, block.count)
            collected.append(contentsOf: UnsafeRawBufferPointer(rebasing: block[..<part]))
            advance(part)
            left -= part
        }
        return true
    }

    // MARK: Headers

    private static func header(_ block: UnsafeRawBufferPointer) -> Header {
        let type = block[156]
        // Those with extensions of GNU have something where others have the first part of the name.
        let isGNU = equals(block, 257, "ustar  \0")
        guard isGNU ? isZero(block, 345..<512) : equals(block, 257, "ustar\u{0}00") else {
            return block[0] == 0 && isZero(block, 0..<512) ? .zeros : .foreign
        }
        guard let sum = octal(block, 148, 8), TarHeader.isChecksum(sum, of: block),
            let mode = octal(block, 100, 8), let size = octal(block, 124, 12), let time = octal(block, 136, 12),
            // Nobody needs the owners and the devices, but libarchive takes no first header with other text there.
            octal(block, 108, 8) != nil, octal(block, 116, 8) != nil, octal(block, 329, 8) != nil,
            octal(block, 337, 8) != nil
        else { return .foreign }
        if type == UInt8(ascii: "x") {
            return size > 0 && size <= Int64(longestPax) ? .pax(Int(size)) : .foreign
        }
        guard let name = name(block, isGNU: isGNU) else { return .foreign }
        let kind: TarEntry.Kind
        switch type {
        case UInt8(ascii: "0"), 0:
            // A folder, in some old archives.
            if name.bytes.last == UInt8(ascii: "/") { return .foreign }
            kind = .file
        case UInt8(ascii: "5"): kind = .directory
        case UInt8(ascii: "1"), UInt8(ascii: "2"):
            guard let target = text(block, 157, 100), !target.isEmpty else { return .foreign }
            if type == UInt8(ascii: "2") {
                kind = .symlink(target: target)
            } else if let clean = TarEntry.clean(target) {
                kind = .hardlink(target: clean)
            } else {
                return .foreign
            }
        default: return .foreign
        }
        guard kind == .file || size == 0, let path = TarEntry.clean(name) else { return .foreign }
        return .plain(
            TarEntry(
                path: path, kind: kind, mode: UInt32(truncatingIfNeeded: mode) & 0o777,
                modificationTime: max(time, TarEntry.earliestTime), size: size))
    }

    private static func name(_ block: UnsafeRawBufferPointer, isGNU: Bool) -> ByteString? {
        guard let name = text(block, 0, 100), !name.isEmpty else { return nil }
        if isGNU || block[345] == 0 { return name }
        guard let prefix = text(block, 345, 155) else { return nil }
        return prefix.bytes.last == UInt8(ascii: "/") ? prefix + name : prefix + "/" + name
    }

    /// Text up to a zero; nil if it is not ASCII.
    private static func text(_ block: UnsafeRawBufferPointer, _ start: Int, _ size: Int) -> ByteString? {
        let field = UnsafeRawBufferPointer(rebasing: block[start..<(start + size)])
        let text = UnsafeRawBufferPointer(rebasing: field[..<(ByteSearch.find(0, in: field, from: 0) ?? size)])
        var all: UInt64 = 0
        var position = 0
        while position + 8 <= text.count {
            all |= text.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            position += 8
        }
        while position < text.count {
            all |= UInt64(text[position])
            position += 1
        }
        return all & 0x8080_8080_8080_8080 == 0 ? ByteString([UInt8](text)) : nil
    }

    /// A number in octal digits between spaces and zeros; nil for anything else.
    private static func octal(_ block: UnsafeRawBufferPointer, _ start: Int, _ size: Int) -> Int64? {
        var (position, end) = (start, start + size)
        while position < end, block[position] == spaces { position += 1 }
        var value: Int64 = 0
        while position < end, block[position] & 0xF8 == UInt8(ascii: "0") {
            value = value << 3 | Int64(block[position] & 7)
            position += 1
        }
        while position < end {
            end -= 1
            if block[end] != spaces && block[end] != none { return nil }
        }
        return value
    }

    private static func isZero(_ block: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
        block[range.lowerBound] == 0
            && block.baseAddress.map { memcmp($0 + range.lowerBound, $0 + range.lowerBound + 1, range.count - 1) == 0 }
                ?? false
    }

    private static func equals(_ block: UnsafeRawBufferPointer, _ start: Int, _ word: StaticString) -> Bool {
        block.baseAddress.map { memcmp($0 + start, word.utf8Start, word.utf8CodeUnitCount) == 0 } ?? false
    }

    /// Whether all records of a pax header are of times and owners: times of headers count, owners never.
    private static func isHarmless(_ records: UnsafeRawBufferPointer) -> Bool {
        var start = 0
        while start < records.count {
            // `30 mtime=1700000000.123456789`, with a line feed; the number is the length of all of it.
            guard let space = ByteSearch.find(UInt8(ascii: " "), in: records, from: start),
                (1...4).contains(space - start)
            else { return false }
            var length = 0
            for byte in records[start..<space] {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return false }
                length = length * 10 + Int(byte - UInt8(ascii: "0"))
            }
            let end = start + length
            guard end <= records.count, end > space + 2, records[end - 1] == UInt8(ascii: "\n"),
                let equals = ByteSearch.find(UInt8(ascii: "="), in: records, from: space), equals < end,
                harmless.contains(String(decoding: records[(space + 1)..<equals], as: UTF8.self))
            else { return false }
            start = end
        }
        return true
    }

    private static let harmless: Set<String> = ["mtime", "atime", "ctime", "uid", "gid", "uname", "gname"]
}
