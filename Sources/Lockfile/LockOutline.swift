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
