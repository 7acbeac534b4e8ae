import CondaModel
import Support

/// Replaces the placeholder in a text file that comes in blocks (docs/spec/install.md#text-placeholders). It keeps the
/// first line of a script in memory, and otherwise at most one block.
struct TextPatcher {
    typealias Sink = (UnsafeRawBufferPointer) throws -> Void

    private let shebang: Shebang
    private let hasShebangRule: Bool
    private var phase = Phase.start
    /// Bytes that were not passed on yet: too few to decide, the first line, or the beginning of a placeholder.
    private var pending: [UInt8] = []
    /// Where the first line ends in `pending`, while it is kept.
    private var firstNewline: Int?

    private enum Phase { case start, firstLine, body }

    /// Longer than any line that an interpreter accepts.
    private static let maximumFirstLine = 16 << 20

    /// - Parameter isElsewhere: whether the file may be used on another machine than this one.
    init(
        placeholder: ByteString, prefix: ByteString, platform: Platform, followsOriginal: Bool = false,
        isElsewhere: Bool = false
    ) {
        let slashed = platform.isWindows ? ByteString(prefix.bytes.map { $0 == 0x5C ? 0x2F : $0 }) : prefix
        shebang = Shebang(
            placeholder: placeholder, prefix: slashed, platform: platform, followsOriginal: followsOriginal,
            isElsewhere: isElsewhere)
        hasShebangRule = !platform.isWindows
    }

    /// Adds the next block.
    mutating func update(_ block: UnsafeRawBufferPointer, _ sink: Sink) throws {
        if phase == .body && pending.isEmpty {
            let rest = try replace(in: block, isLast: false, sink)
            pending.append(contentsOf: block[rest...])
            return
        }
        let lineStart = pending.count
        pending.append(contentsOf: block)
        try advance(searchFrom: lineStart, isLast: false, sink)
    }

    /// Ends the file.
    mutating func finish(_ sink: Sink) throws {
        try advance(searchFrom: 0, isLast: true, sink)
        // An empty placeholder also matches at the end.
        if shebang.placeholder.isEmpty, phase == .body { try shebang.prefix.bytes.withUnsafeBytes(sink) }
    }

    private mutating func advance(searchFrom start: Int, isLast: Bool, _ sink: Sink) throws {
        if phase == .start {
            guard pending.count >= 2 || isLast else { return }
            phase = hasShebangRule && pending.starts(with: "#!".utf8) ? .firstLine : .body
        }
        if phase == .firstLine {
            let newline =
                firstNewline ?? pending.withUnsafeBytes { ByteSearch.find(0x0A, in: $0, from: min(start, $0.count)) }
            firstNewline = newline
            guard let end = newline ?? (isLast ? pending.count : nil) else {
                if pending.count > Self.maximumFirstLine { throw Failure("its first line does not end") }
                return
            }
            guard let line = try ended(shebang.rewritten(Array(pending[..<end])), at: end, isLast: isLast, sink) else {
                return
            }
            pending.removeFirst(line)
            // If the file is only a first line, there is no body in which an empty placeholder could match.
            if newline == nil { return }
            phase = .body
        }
        let rest = try pending.withUnsafeBytes { try replace(in: $0, isLast: isLast, sink) }
        pending.removeFirst(rest)
    }

    /// Passes on the new first line. Python looks for the encoding of a script in its first two lines only (PEP 263): where
    /// the new beginning has two lines, the line that names it comes between them.
    ///
    /// - Parameter end: where the old first line ends.
    /// - Returns: where what is left begins; nil if the second line has not come.
    private func ended(_ beginning: [UInt8], at end: Int, isLast: Bool, _ sink: Sink) throws -> Int? {
        guard !shebang.followsOriginal, !shebang.placeholder.isEmpty, end < pending.count,
            let middle = beginning.firstIndex(of: 0x0A)
        else {
            try beginning.withUnsafeBytes(sink)
            return end
        }
        let second = pending[(end + 1)...].prefix(WheelScript.longestLine)
        guard let length = second.firstIndex(of: 0x0A).map({ $0 - end }) else {
            // A line that is so long, or the last one, which no code follows.
            guard isLast || second.count == WheelScript.longestLine else { return nil }
            try beginning.withUnsafeBytes(sink)
            return end
        }
        guard WheelScript.namesEncoding(Array(second.prefix(length - 1))) else {
            try beginning.withUnsafeBytes(sink)
            return end
        }
        let line = ByteSearch.replacing(
            shebang.placeholder.bytes, with: shebang.prefix.bytes, in: Array(pending[end..<(end + length)]))
        try (beginning[..<middle] + line + beginning[middle...]).withUnsafeBytes(sink)
        return end + length
    }

    /// Passes on what is decided, with replacements; returns the position of the first byte that is not.
    private func replace(in bytes: UnsafeRawBufferPointer, isLast: Bool, _ sink: Sink) throws -> Int {
        if shebang.placeholder.isEmpty {
            // The prefix comes before every byte. This is passed on in larger pieces, as a call for each byte takes long.
            var piece: [UInt8] = []
            for byte in bytes {
                piece += shebang.prefix.bytes
                piece.append(byte)
                if piece.count < 1 << 16 { continue }
                try piece.withUnsafeBytes(sink)
                piece.removeAll(keepingCapacity: true)
            }
            try piece.withUnsafeBytes(sink)
            return bytes.count
        }
        return try shebang.placeholder.bytes.withUnsafeBytes { placeholder in
            var position = 0
            while let match = ByteSearch.find(placeholder, in: bytes, from: position) {
                try sink(UnsafeRawBufferPointer(rebasing: bytes[position..<match]))
                try shebang.prefix.bytes.withUnsafeBytes(sink)
                position = match + placeholder.count
            }
            let end = isLast ? bytes.count : max(position, bytes.count - (placeholder.count - 1))
            try sink(UnsafeRawBufferPointer(rebasing: bytes[position..<end]))
            return end
        }
    }
}
