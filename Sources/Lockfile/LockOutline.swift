import LibC
import Support

/// A large lock file, reduced to the text around its entries and the place of each entry. The entries are nearly all of
/// the file, and an environment needs few of them, so each is read only when it is asked for.
///
/// The file is split at lines, by the layout that writers of lock files use: `packages:` (or `package:`) at the left
/// edge, and below it one `- ` for each entry. A file with another layout is not split (`make` returns nil). If a part
/// is not a YAML document by itself, it cannot be read. In both cases the caller reads the whole file instead.
final class LockOutline: Sendable {
    /// The bytes of an entry in the file, and how many lines come before it.
    struct Place: Sendable {
        let offset: UInt32
        let length: UInt32
        let line: UInt32
    }

    /// The document without its entries; its other lines keep their numbers.
    let header: [UInt8]
    let places: [Place]
    /// The hash of the whole file.
    let sha256: SHA256Digest
    private let slice: FileSlice
    private let time: Int64

    /// How many bytes are read at a time. Lock files have no longer lines.
    private static let blockSize = 1 << 20

    private init(_ slice: FileSlice, time: Int64, _ splitter: LockSplitter, sha256: SHA256Digest) {
        self.slice = slice
        self.time = time
        self.sha256 = sha256
        header = splitter.header
        places = splitter.places
    }

    /// - Returns: nil if the file has another layout.
    static func make(_ slice: FileSlice) throws -> LockOutline? {
        guard slice.length <= YAMLTree.maximumSize else { return nil }
        let time = try LockOutline.time(slice)
        var splitter = LockSplitter()
        var hasher = SHA256Hasher()
        var block = [UInt8](repeating: 0, count: blockSize)
        var (filled, position) = (0, Int64(0))
        while position < slice.length {
            try Interruption.check()
            let count = try block.withUnsafeMutableBytes {
                try slice.read(at: position, into: UnsafeMutableRawBufferPointer(rebasing: $0[filled...]))
            }
            block.withUnsafeBytes { hasher.update(UnsafeRawBufferPointer(rebasing: $0[filled..<(filled + count)])) }
            position += Int64(count)
            filled += count
            let isLast = position == slice.length
            guard
                let used = block.withUnsafeBufferPointer({
                    splitter.take(UnsafeBufferPointer(rebasing: $0[..<filled]), isLast: isLast)
                })
            else { return nil }
            // This is the beginning of a line that goes on in the next block.
            block.replaceSubrange(0..<(filled - used), with: Array(block[used..<filled]))
            filled -= used
            if filled == blockSize { return nil }
        }
        guard splitter.finish() else { return nil }
        return LockOutline(slice, time: time, splitter, sha256: hasher.finish())
    }

    private static func time(_ slice: FileSlice) throws -> Int64 {
        let time = try slice.file.status().st_mtim
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    private static var changed: Failure {
        Failure("it was changed while it was read", remedy: "Try again when nothing writes the lock file.")
    }

    /// - Throws: `Failure` if the file has changed since it was split.
    func requireUnchanged() throws {
        guard try slice.file.size() == slice.length, try LockOutline.time(slice) == time else {
            throw Self.changed
        }
    }

    /// The value of an entry.
    func value(_ index: Int) throws -> YAMLValue {
        let place = places[index]
        let text = try slice.part(offset: Int64(place.offset), length: Int64(place.length)).readAll()
        return try LockOutline.value(text, place)
    }

    /// Calls `body` with every entry in order, and reads the file in large blocks.
    func forEach(_ body: (Int, YAMLValue) throws -> Void) throws {
        var (block, start) = ([UInt8](), Int64(0))
        for (index, place) in places.enumerated() {
            let offset = Int64(place.offset)
            if offset + Int64(place.length) > start + Int64(block.count) {
                try Interruption.check()
                start = offset
                let length = min(slice.length - offset, max(Int64(LockOutline.blockSize), Int64(place.length)))
                block = try slice.part(offset: offset, length: length).readAll()
            }
            let first = Int(offset - start)
            try body(index, LockOutline.value(Array(block[first..<(first + Int(place.length))]), place))
        }
    }

    private static func value(_ text: [UInt8], _ place: Place) throws -> YAMLValue {
        let tree = try YAMLTree(text, firstLine: Int(place.line))
        guard let elements = tree.root?.elements, elements.count == 1, let value = Array(elements).first else {
            throw changed
        }
        return value
    }
}

/// Separates the entries of a lock file from the rest of it, line by line.
struct LockSplitter {
    private(set) var header: [UInt8] = []
    private(set) var places: [LockOutline.Place] = []
    private var offset = 0
    private var line = 0
    private var isInSection = false
    private var hasSection = false
    /// How many blanks come before the dashes of the entries.
    private var itemIndent: Int?
    private var item: (offset: Int, line: Int)?

    /// Reads all complete lines of a text; at the end of the file also a line without a line break.
    ///
    /// - Returns: how many bytes were read; nil if the file has another layout.
    mutating func take(_ text: UnsafeBufferPointer<UInt8>, isLast: Bool) -> Int? {
        var start = 0
        while start < text.count {
            guard let end = text[start...].firstIndex(of: 0x0A) ?? (isLast ? text.count - 1 : nil) else { break }
            guard take(line: UnsafeBufferPointer(rebasing: text[start...end])) else { return nil }
            offset += end + 1 - start
            line += 1
            start = end + 1
        }
        return start
    }

    /// Ends the file. Returns false if it has no list of entries.
    mutating func finish() -> Bool {
        endItem()
        return hasSection
    }

    private mutating func take(line text: UnsafeBufferPointer<UInt8>) -> Bool {
        var end = text.count
        while end > 0, [0x0A, 0x0D, 0x20].contains(text[end - 1]) { end -= 1 }
        var indent = 0
        while indent < end, text[indent] == 0x20 { indent += 1 }
        let content = text[indent..<end]
        // A carriage return alone ends a line as well, and the width of tabs is not defined.
        if content.contains(0x0D) || content.first == 0x09 { return false }
        guard let first = content.first, first != UInt8(ascii: "#") else {
            keep(text)
            return true
        }
        let isItem = first == UInt8(ascii: "-") && (content.count == 1 || content[indent + 1] == 0x20)
        if indent == 0, !isItem {
            // Directives, and marks that begin or end documents.
            if [UInt8(ascii: "%"), UInt8(ascii: "-"), UInt8(ascii: ".")].contains(first) { return false }
            endItem()
            isInSection = content.elementsEqual("packages:".utf8) || content.elementsEqual("package:".utf8)
            guard isInSection else {
                keep(text)
                return true
            }
            if hasSection { return false }
            hasSection = true
            header += content
            header += " []\n".utf8
            return true
        }
        if isInSection {
            let wanted = itemIndent ?? indent
            if isItem, indent == wanted {
                itemIndent = indent
                endItem()
                item = (offset, line)
            } else if item == nil || indent <= wanted {
                return false
            }
        }
        keep(text)
        return true
    }

    private mutating func keep(_ text: UnsafeBufferPointer<UInt8>) {
        // An empty line stands for each line of an entry, so that line numbers stay right.
        if isInSection { header.append(0x0A) } else { header += text }
    }

    private mutating func endItem() {
        guard let item else { return }
        places.append(
            .init(
                offset: UInt32(truncatingIfNeeded: item.offset),
                length: UInt32(truncatingIfNeeded: offset - item.offset), line: UInt32(truncatingIfNeeded: item.line)))
        self.item = nil
    }
}
