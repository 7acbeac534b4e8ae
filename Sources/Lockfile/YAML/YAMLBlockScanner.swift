import LibC
import Support

/// Reads the part of YAML that writers of lock files use: block collections of one-line scalars, `[]`, `{}` and comment
/// lines. This is ten times as fast as libyaml, and lock files have megabytes. It never guesses: at anything else it
/// gives up, and libyaml reads the text (`YAMLTree.init(events:)`).
struct YAMLBlockScanner {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var builder: YAMLTreeBuilder
    private var frames: [Frame] = []
    /// Whether the last line ended behind `key:` or `-`, so that the next line decides about the value.
    private var valueIsOpen = false
    private var line = 0
    private var hasOtherThanASCII = false

    private struct Frame {
        let isSequence: Bool
        let indent: Int
    }

    /// Thrown if the text is not of this simple kind.
    private struct NotSimple: Error {}

    /// The nodes of the document; their scalars are ranges of `source`. Nil if the document is not of the simple kind.
    ///
    /// - Throws: `Failure` for a duplicate key.
    static func scan(_ source: [UInt8]) throws -> [YAMLTree.Node]? {
        try source.withUnsafeBufferPointer { bytes in
            var scanner = YAMLBlockScanner(
                bytes: bytes, builder: YAMLTreeBuilder(reserving: bytes.count / 20))
            do {
                try scanner.scan()
            } catch is NotSimple {
                return nil
            }
            if scanner.hasOtherThanASCII, ByteString(source).string == nil { return nil }
            return scanner.builder.nodes
        }
    }

    private init(bytes: UnsafeBufferPointer<UInt8>, builder: YAMLTreeBuilder) {
        self.bytes = bytes
        self.builder = builder
    }

    private mutating func scan() throws {
        var start = 0
        while start < bytes.count {
            var end = lineEnd(from: start)
            let next = end + 1
            if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
            while end > start, bytes[end - 1] == UInt8(ascii: " ") { end -= 1 }
            var first = start
            while first < end, bytes[first] == UInt8(ascii: " ") { first += 1 }
            if first < end {
                let isComment = bytes[first] == UInt8(ascii: "#")
                try requireSimple(first..<end, acceptingTabs: isComment)
                if !isComment { try line(first..<end, indent: first - start) }
            }
            start = next
            line += 1
        }
        if valueIsOpen { null() }
        while !frames.isEmpty { try close() }
    }

    private func lineEnd(from start: Int) -> Int {
        guard let base = bytes.baseAddress, let found = memchr(base + start, 0x0A, bytes.count - start) else {
            return bytes.count
        }
        return UnsafeRawPointer(base).distance(to: found)
    }

    private mutating func line(_ range: Range<Int>, indent: Int) throws {
        if indent == 0, range.count >= 3, isMarker(at: range.lowerBound) { throw NotSimple() }
        let isItem = isDash(at: range.lowerBound, range.upperBound)
        guard let top = frames.last else {
            // This is the root of the document: nothing else can begin where no collection is open.
            guard builder.nodes.isEmpty else { throw NotSimple() }
            return try content(range, indent: indent, opens: true)
        }
        if valueIsOpen {
            if indent > top.indent || (indent == top.indent && !top.isSequence && isItem) {
                valueIsOpen = false
                return try content(range, indent: indent, opens: true)
            }
            null()
        }
        while let top = frames.last, top.indent > indent || (top.indent == indent && top.isSequence && !isItem) {
            try close()
        }
        guard let top = frames.last, top.indent == indent, top.isSequence == isItem else { throw NotSimple() }
        try content(range, indent: indent, opens: false)
    }

    /// Reads an item of a sequence or a member of a map. `opens` says that it is the first one of its collection.
    private mutating func content(_ range: Range<Int>, indent: Int, opens: Bool) throws {
        let isItem = isDash(at: range.lowerBound, range.upperBound)
        let valueStart: Int
        if isItem {
            if opens { try open(.sequence, indent: indent) }
            valueStart = range.lowerBound + 1
        } else {
            guard YAMLBlockScanner.startsPlain[Int(bytes[range.lowerBound])],
                let colon = try colon(in: range), colon - range.lowerBound <= 1000
            else { throw NotSimple() }
            if opens { try open(.mapping, indent: indent) }
            var end = colon
            while end > range.lowerBound, bytes[end - 1] == UInt8(ascii: " ") { end -= 1 }
            builder.scalar(start: range.lowerBound, length: end - range.lowerBound, isQuoted: false, line: line)
            valueStart = colon + 1
        }
        var first = valueStart
        while first < range.upperBound, bytes[first] == UInt8(ascii: " ") { first += 1 }
        if first == range.upperBound {
            valueIsOpen = true
        } else {
            let column = indent + (first - range.lowerBound)
            try value(first..<range.upperBound, column: column, isItem: isItem)
        }
    }

    private mutating func value(_ range: Range<Int>, column: Int, isItem: Bool) throws {
        let first = bytes[range.lowerBound]
        switch first {
        case UInt8(ascii: "'"), UInt8(ascii: "\""):
            let inner = range.lowerBound + 1
            let special = first == UInt8(ascii: "'") ? first : UInt8(ascii: "\\")
            guard range.count >= 2, bytes[range.upperBound - 1] == first,
                !bytes[inner..<(range.upperBound - 1)].contains(where: { $0 == first || $0 == special })
            else { throw NotSimple() }
            builder.scalar(start: inner, length: range.count - 2, isQuoted: true, line: line)
        case UInt8(ascii: "["), UInt8(ascii: "{"):
            let isSequence = first == UInt8(ascii: "[")
            let closing = isSequence ? UInt8(ascii: "]") : UInt8(ascii: "}")
            guard range.count == 2, bytes[range.lowerBound + 1] == closing else { throw NotSimple() }
            try builder.begin(isSequence ? .sequence : .mapping, line: line)
            try builder.end(text: bytes)
        default:
            let isNested = isDash(at: range.lowerBound, range.upperBound)
            guard isNested || YAMLBlockScanner.startsPlain[Int(first)] else { throw NotSimple() }
            if try isNested || colon(in: range) != nil {
                // A collection may begin on the line of an item; the value of a map's member needs a line of its own
                // for that.
                guard isItem else { throw NotSimple() }
                return try content(range, indent: column, opens: true)
            }
            builder.scalar(start: range.lowerBound, length: range.count, isQuoted: false, line: line)
        }
    }

    /// Where the colon is that ends a key. A comment behind a value is not simple.
    private func colon(in range: Range<Int>) throws -> Int? {
        var index = range.lowerBound
        while index < range.upperBound {
            let byte = bytes[index]
            if byte == UInt8(ascii: ":") {
                if index + 1 == range.upperBound || bytes[index + 1] == UInt8(ascii: " ") { return index }
            } else if byte == UInt8(ascii: "#"), bytes[index - 1] == UInt8(ascii: " ") {
                throw NotSimple()
            }
            index += 1
        }
        return nil
    }

    private func isDash(at index: Int, _ end: Int) -> Bool {
        bytes[index] == UInt8(ascii: "-") && (index + 1 == end || bytes[index + 1] == UInt8(ascii: " "))
    }

    /// `---` or `...` at the start of a line ends a document.
    private func isMarker(at index: Int) -> Bool {
        let byte = bytes[index]
        return (byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")) && bytes[index + 1] == byte
            && bytes[index + 2] == byte
    }

    private mutating func null() {
        builder.scalar(start: 0, length: 0, isQuoted: false, line: line)
        valueIsOpen = false
    }

    private mutating func open(_ kind: YAMLTree.Node.Kind, indent: Int) throws {
        guard frames.count < YAMLTree.maximumDepth else { throw NotSimple() }
        try builder.begin(kind, line: line)
        frames.append(Frame(isSequence: kind == .sequence, indent: indent))
    }

    private mutating func close() throws {
        frames.removeLast()
        try builder.end(text: bytes)
    }

    /// Control characters, tabs and the characters that YAML treats as line breaks are not simple.
    private mutating func requireSimple(_ range: Range<Int>, acceptingTabs: Bool) throws {
        for index in range {
            let byte = bytes[index]
            if byte >= 0x20 && byte < 0x7F { continue }
            if byte <= 0x7F {
                guard byte == UInt8(ascii: "\t"), acceptingTabs else { throw NotSimple() }
                continue
            }
            hasOtherThanASCII = true
            let next = index + 1 < bytes.count ? bytes[index + 1] : 0
            if (byte == 0xC2 && next < 0xA0) || (byte == 0xE2 && next == 0x80) || byte == 0xEF { throw NotSimple() }
        }
    }

    /// The bytes that an unquoted scalar may begin with here: all but YAML's indicators. `-` is allowed, as something
    /// follows it.
    private static let startsPlain: [Bool] = {
        var table = [Bool](repeating: true, count: 256)
        for byte in "?:,[]{}#&*!|>'\"%@`".utf8 { table[Int(byte)] = false }
        return table
    }()
}
