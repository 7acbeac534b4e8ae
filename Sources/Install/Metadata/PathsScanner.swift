import Support

/// Reads `info/paths.json` in one pass and keeps nothing of it, if it is written the plain way: a map of `paths` and
/// `paths_version`, and in the list maps of strings, whole numbers, true, false and null, no key twice.
///
/// Everything else, mistakes included, is left to `PathsJSON`, which reports them. Whatever is accepted here is
/// accepted there, with the same values.
struct PathsScanner {
    /// It is not written the plain way.
    struct NotPlain: Error {}

    /// An entry; its texts are valid while it is handed out.
    struct Entry {
        /// Escapes are decoded.
        fileprivate(set) var path = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
        fileprivate(set) var kind = PackagePath.Kind.hardlink
        fileprivate(set) var noLink = false
        fileprivate(set) var sha256: SHA256Digest?
        fileprivate(set) var size: UInt64?
        fileprivate(set) var placeholder: UnsafeBufferPointer<UInt8>?
        fileprivate(set) var fileMode: PackagePath.Placeholder.FileMode?
    }

    /// The members of an entry, as bits.
    private enum Member: UInt8 {
        case path = 1
        case kind = 2
        case sha256 = 4
        case size = 8
        case noLink = 16
        case placeholder = 32
        case fileMode = 64
    }

    private let text: UnsafeBufferPointer<UInt8>
    private var position = 0
    private var isASCII = true
    /// Whether the last string had escapes.
    private var hasEscapes = false
    /// The decoded path of the entry at hand.
    private var decoded: [UInt8] = []

    private init(_ text: UnsafeBufferPointer<UInt8>) { self.text = text }

    /// Calls `body` with each entry.
    ///
    /// - Throws: `NotPlain`, in which case the entries handed out so far have to be dropped; errors of `body`.
    static func forEach(in text: [UInt8], _ body: (Entry) throws -> Void) throws {
        try text.withUnsafeBufferPointer { bytes in
            var scanner = PathsScanner(bytes)
            try scanner.scan(body)
        }
    }

    private mutating func scan(_ body: (Entry) throws -> Void) throws {
        var (hasPaths, hasVersion) = (false, false)
        try expect("{")
        repeat {
            let key = try string()
            try expect(":")
            if Self.equals(key, "paths"), !hasPaths {
                hasPaths = true
                try scanList(body)
            } else if Self.equals(key, "paths_version"), !hasVersion {
                hasVersion = true
                _ = try number()
            } else {
                throw NotPlain()
            }
        } while try goesOn(until: "}")
        skipSpace()
        guard position == text.count, hasPaths, hasVersion else { throw NotPlain() }
        if !isASCII, !UTF8Validity.isValid(UnsafeRawBufferPointer(text)) { throw NotPlain() }
    }

    private mutating func scanList(_ body: (Entry) throws -> Void) throws {
        try expect("[")
        skipSpace()
        if position < text.count, text[position] == UInt8(ascii: "]") {
            position += 1
            return
        }
        repeat { try scanEntry(body) } while try goesOn(until: "]")
    }

    private mutating func scanEntry(_ body: (Entry) throws -> Void) throws {
        var entry = Entry()
        var seen: UInt8 = 0
        var escaped: UnsafeBufferPointer<UInt8>?
        try expect("{")
        repeat {
            let key = try string()
            try expect(":")
            guard let member = Self.member(key) else {
                try skipScalar()
                continue
            }
            if seen & member.rawValue != 0 { throw NotPlain() }
            seen |= member.rawValue
            switch member {
            case .path:
                skipSpace()
                let start = position
                entry.path = try string(escapes: true)
                if hasEscapes {
                    escaped = UnsafeBufferPointer(rebasing: text[start..<position])
                }
            case .kind: entry.kind = try Self.kind(try string())
            case .sha256: entry.sha256 = try isNull() ? nil : digest()
            case .size: entry.size = try isNull() ? nil : number()
            case .noLink: entry.noLink = try bool()
            case .placeholder: entry.placeholder = try isNull() ? nil : string()
            case .fileMode: entry.fileMode = try isNull() ? nil : Self.fileMode(try string())
            }
        } while try goesOn(until: "}")
        guard seen & 3 == 3 else { throw NotPlain() }
        guard let escaped else { return try body(entry) }
        guard let path = (try? JSONDocument(Array(escaped)))?.root.bytes else { throw NotPlain() }
        decoded = path.bytes
        try decoded.withUnsafeBufferPointer { bytes in
            entry.path = bytes
            try body(entry)
        }
    }

    // MARK: Words

    private static func member(_ key: UnsafeBufferPointer<UInt8>) -> Member? {
        switch key.count {
        case 5: equals(key, "_path") ? .path : nil
        case 6: equals(key, "sha256") ? .sha256 : nil
        case 7: equals(key, "no_link") ? .noLink : nil
        case 9: equals(key, "path_type") ? .kind : equals(key, "file_mode") ? .fileMode : nil
        case 13: equals(key, "size_in_bytes") ? .size : nil
        case 18: equals(key, "prefix_placeholder") ? .placeholder : nil
        default: nil
        }
    }

    private static func kind(_ word: UnsafeBufferPointer<UInt8>) throws(NotPlain) -> PackagePath.Kind {
        if equals(word, "hardlink") { return .hardlink }
        if equals(word, "softlink") { return .softlink }
        if equals(word, "directory") { return .directory }
        throw NotPlain()
    }

    /// Nil for a key without meaning here.
    private static func fileMode(_ word: UnsafeBufferPointer<UInt8>) -> PackagePath.Placeholder.FileMode? {
        equals(word, "text") ? .text : equals(word, "binary") ? .binary : nil
    }

    private static func equals(_ bytes: UnsafeBufferPointer<UInt8>, _ word: StaticString) -> Bool {
        guard bytes.count == word.utf8CodeUnitCount else { return false }
        for index in 0..<bytes.count where bytes[index] != word.utf8Start[index] { return false }
        return true
    }

    // MARK: Values

    private mutating func skipSpace() {
        while position < text.count {
            switch text[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(NotPlain) {
        skipSpace()
        guard position < text.count, text[position] == UInt8(ascii: character) else { throw NotPlain() }
        position += 1
    }

    /// Passes over a comma, or the end, for which the result is false.
    private mutating func goesOn(until end: Unicode.Scalar) throws(NotPlain) -> Bool {
        skipSpace()
        guard position < text.count else { throw NotPlain() }
        let byte = text[position]
        position += 1
        if byte == UInt8(ascii: ",") { return true }
        guard byte == UInt8(ascii: end) else { throw NotPlain() }
        return false
    }

    /// A string without its quotes.
    ///
    /// - Parameter escapes: whether it may have any, which are left as they are.
    private mutating func string(escapes: Bool = false) throws(NotPlain) -> UnsafeBufferPointer<UInt8> {
        try expect("\"")
        hasEscapes = false
        let start = position
        while true {
            skipPlainLetters()
            guard position < text.count else { throw NotPlain() }
            switch text[position] {
            case UInt8(ascii: "\""):
                defer { position += 1 }
                return UnsafeBufferPointer(rebasing: text[start..<position])
            case UInt8(ascii: "\\"):
                guard escapes, position + 1 < text.count else { throw NotPlain() }
                hasEscapes = true
                position += 2
            case 0..<0x20: throw NotPlain()
            case 0x80...:
                isASCII = false
                position += 1
            default: position += 1
            }
        }
    }

    /// Passes over eight bytes at a time, up to eight in which a quote, a backslash or a control character may be.
    private mutating func skipPlainLetters() {
        guard let base = UnsafeRawPointer(text.baseAddress) else { return }
        let (ones, tops) = (UInt64(0x0101_0101_0101_0101), UInt64(0x8080_8080_8080_8080))
        while position + 8 <= text.count {
            let word = (base + position).loadUnaligned(as: UInt64.self)
            let quote = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
            let backslash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
            let special =
                ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash) | ((word &- ones &* 0x20) & ~word)
                | word
            if special & tops != 0 { return }
            position += 8
        }
    }

    /// A number without a leading zero that fits into 64 bits.
    private mutating func number() throws(NotPlain) -> UInt64 {
        skipSpace()
        let start = position
        var value: UInt64 = 0
        while position < text.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[position]) {
            value = value &* 10 &+ UInt64(text[position] - UInt8(ascii: "0"))
            position += 1
        }
        let count = position - start
        guard (1...18).contains(count), count == 1 || text[start] != UInt8(ascii: "0"), position < text.count else {
            throw NotPlain()
        }
        switch text[position] {
        case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"): throw NotPlain()
        default: return value
        }
    }

    private mutating func digest() throws(NotPlain) -> SHA256Digest {
        guard let digest = SHA256Digest(digits: UnsafeRawBufferPointer(try string())) else { throw NotPlain() }
        return digest
    }

    private mutating func bool() throws(NotPlain) -> Bool {
        if passes("true") { return true }
        if passes("false") { return false }
        throw NotPlain()
    }

    private mutating func isNull() throws(NotPlain) -> Bool { passes("null") }

    private mutating func passes(_ word: StaticString) -> Bool {
        skipSpace()
        let end = position + word.utf8CodeUnitCount
        guard end <= text.count, Self.equals(UnsafeBufferPointer(rebasing: text[position..<end]), word) else {
            return false
        }
        position = end
        return true
    }

    private mutating func skipScalar() throws(NotPlain) {
        skipSpace()
        guard position < text.count else { throw NotPlain() }
        switch text[position] {
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "t"), UInt8(ascii: "f"): _ = try bool()
        case UInt8(ascii: "n"): if !passes("null") { throw NotPlain() }
        default: _ = try number()
        }
    }
}
