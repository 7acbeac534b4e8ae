import Support

/// Replaces the placeholder in a binary file that comes in blocks, without changing its length
/// (docs/spec/install.md#binary-placeholders). The string that contains a placeholder ends at the next zero byte, and
/// is filled up with zeros there. At most one block is kept in memory.
struct BinaryPatcher {
    typealias Sink = (UnsafeRawBufferPointer) throws -> Void

    private let placeholder: [UInt8]
    private let prefix: [UInt8]
    private var pending: [UInt8] = []
    private var isInString = false
    /// How many zeros the current string needs to keep its length.
    private var missing = 0

    /// - Throws: `Failure` if the prefix is longer than the placeholder.
    init(placeholder: ByteString, prefix: ByteString) throws {
        try BinaryPatcher.requireRoom(placeholder: placeholder, prefix: prefix)
        self.placeholder = placeholder.bytes
        self.prefix = prefix.bytes
    }

    /// - Throws: `Failure` if the prefix is longer than the placeholder, whether or not a file contains it, or the
    ///   placeholder cannot be in a string at all.
    static func requireRoom(placeholder: ByteString, prefix: ByteString) throws {
        // A zero byte ends a string, so the search would find the same placeholder again and again.
        if placeholder.bytes.contains(0) {
            throw Failure(
                "its placeholder has a zero byte in it, which no path has",
                remedy: "Take another version or build of the package.")
        }
        guard prefix.count > placeholder.count else { return }
        throw Failure(
            "the path of the environment has \(prefix.count) bytes, binary files have room for \(placeholder.count)",
            remedy: "Unpack to a shorter path (--output-directory, --env-name).")
    }

    /// Adds the next block.
    mutating func update(_ block: UnsafeRawBufferPointer, _ sink: Sink) throws {
        if pending.isEmpty {
            let rest = try advance(block, isLast: false, sink)
            pending.append(contentsOf: block[rest...])
        } else {
            pending.append(contentsOf: block)
            try drain(isLast: false, sink)
        }
    }

    /// Ends the file.
    mutating func finish(_ sink: Sink) throws {
        try drain(isLast: true, sink)
        try fill(sink)
    }

    private mutating func drain(isLast: Bool, _ sink: Sink) throws {
        let bytes = pending
        pending = []
        try bytes.withUnsafeBytes { block in
            let rest = try advance(block, isLast: isLast, sink)
            pending.append(contentsOf: block[rest...])
        }
    }

    /// Passes on what is decided; returns the position of the first byte that is not.
    private mutating func advance(_ bytes: UnsafeRawBufferPointer, isLast: Bool, _ sink: Sink) throws -> Int {
        // The placeholder is the prefix, so there is nothing to replace.
        if placeholder.isEmpty {
            try sink(bytes)
            return bytes.count
        }
        var position = 0
        while true {
            if isInString {
                let end = ByteSearch.find(0, in: bytes, from: position)
                let string = UnsafeRawBufferPointer(rebasing: bytes[..<(end ?? bytes.count)])
                position = try replace(in: string, from: position, end != nil || isLast ? .whole : .goesOn, sink)
                if end == nil { return position }
                try fill(sink)
                isInString = false
            }
            guard let match = placeholder.withUnsafeBytes({ ByteSearch.find($0, in: bytes, from: position) }) else {
                let end = isLast ? bytes.count : max(position, bytes.count - (placeholder.count - 1))
                try sink(UnsafeRawBufferPointer(rebasing: bytes[position..<end]))
                return end
            }
            try sink(UnsafeRawBufferPointer(rebasing: bytes[position..<match]))
            position = match
            isInString = true
        }
    }

    /// Whether the bytes at hand reach to the end of the string.
    private enum Extent { case whole, goesOn }

    /// Replaces in a string from `start` on; returns the position of the first byte that is not decided.
    private mutating func replace(
        in string: UnsafeRawBufferPointer, from start: Int, _ extent: Extent, _ sink: Sink
    ) throws -> Int {
        var position = start
        while let match = placeholder.withUnsafeBytes({ ByteSearch.find($0, in: string, from: position) }) {
            try sink(UnsafeRawBufferPointer(rebasing: string[position..<match]))
            try prefix.withUnsafeBytes(sink)
            missing += placeholder.count - prefix.count
            position = match + placeholder.count
        }
        let end = extent == .whole ? string.count : max(position, string.count - (placeholder.count - 1))
        try sink(UnsafeRawBufferPointer(rebasing: string[position..<end]))
        return end
    }

    private mutating func fill(_ sink: Sink) throws {
        let zeros = [UInt8](repeating: 0, count: min(missing, 4096))
        while missing > 0 {
            let count = min(missing, zeros.count)
            try zeros.withUnsafeBytes { try sink(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            missing -= count
        }
    }
}
