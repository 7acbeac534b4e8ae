import Support

/// Reads a version spec that begins at a given place, and stops behind it.
struct VersionSpecParser {
    let bytes: [UInt8]
    var index = 0
    private var depth = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { index >= bytes.count }

    private func peek(_ distance: Int = 0) -> UInt8 { index + distance < bytes.count ? bytes[index + distance] : 0 }

    private mutating func skipSpace() { while isSpace(peek()) { index += 1 } }

    /// Reads constraints joined by `,` and `|`, of which `,` binds tighter; nil if a constraint is missing.
    mutating func group() throws -> VersionSpec? {
        depth += 1
        defer { depth -= 1 }
        if depth > 64 { throw Failure("a version spec is nested too deeply") }
        var alternatives: [VersionSpec] = []
        var terms: [VersionSpec] = []
        while true {
            guard let term = try term() else { return nil }
            terms.append(term)
            let end = index
            skipSpace()
            let separator = peek()
            guard separator == UInt8(ascii: ",") || separator == UInt8(ascii: "|") else {
                index = end
                break
            }
            index += 1
            skipSpace()
            if separator == UInt8(ascii: "|") {
                alternatives.append(terms.count == 1 ? terms[0] : .all(terms))
                terms = []
            }
        }
        let last: VersionSpec = terms.count == 1 ? terms[0] : .all(terms)
        return alternatives.isEmpty ? last : .either(alternatives + [last])
    }

    private mutating func term() throws -> VersionSpec? {
        guard peek() == UInt8(ascii: "(") else { return try constraint() }
        index += 1
        skipSpace()
        guard let inner = try group() else { return nil }
        skipSpace()
        guard peek() == UInt8(ascii: ")") else { return nil }
        index += 1
        return inner
    }

    private mutating func constraint() throws -> VersionSpec? {
        let signs = bytes[min(index, bytes.count)...].prefix { "=<>!~".utf8.contains($0) }
        let sign = String(decoding: signs, as: UTF8.self)
        guard ["", "=", "==", "!=", ">", ">=", "<", "<=", "~="].contains(sign) else { return nil }
        index += signs.count
        skipSpace()
        if peek() == UInt8(ascii: "*") { return try anything(sign) }
        let start = index
        guard isASCIIAlphanumeric(peek()) else { return nil }
        let version = try self.version()
        let hasStar = takeStars()
        let isBroken = isASCIIAlphanumeric(peek()) || peek() == UInt8(ascii: ".") || peek() == UInt8(ascii: "*")
        if isBroken {
            let word = bytes[start...].prefix { isASCIIAlphanumeric($0) || "._*+-".utf8.contains($0) }
            let text = String(decoding: word, as: UTF8.self)
            if word.contains(UInt8(ascii: "*")) { throw Failure("regex constraints are not supported") }
            throw Failure("malformed version string '\(text)': encountered more characters but expected none")
        }
        return hasStar ? VersionSpecParser.prefixed(sign, version) : VersionSpecParser.plain(sign, version)
    }

    /// Reads `*` or `*.*`, with which only some operators make sense.
    private mutating func anything(_ sign: String) throws -> VersionSpec {
        _ = takeStars()
        if isASCIIAlphanumeric(peek()) { throw Failure("regex constraints are not supported") }
        if ["!=", ">", "<"].contains(sign) { throw Failure("'*' is incompatible with '\(sign)' operator'") }
        return .any
    }

    /// Reads every `.*` or `*` at the end of a version; whether there was one.
    private mutating func takeStars() -> Bool {
        let start = index
        if peek() == UInt8(ascii: "*") { index += 1 }
        while peek() == UInt8(ascii: "."), peek(1) == UInt8(ascii: "*") { index += 2 }
        return index > start
    }

    private mutating func version() throws -> CondaVersion {
        let start = index
        var parser = VersionParser(bytes: bytes, from: index)
        do throws(VersionParser.Problem) {
            let found = try parser.version()
            index = parser.index
            return CondaVersion(
                text: String(decoding: bytes[start..<index], as: UTF8.self), epoch: found.epoch,
                segments: found.segments, local: found.local)
        } catch {
            let text = String(decoding: bytes[start...].prefix { !isSpace($0) }, as: UTF8.self)
            throw Failure("malformed version string '\(text)': \(error.text(for: text))")
        }
    }

    private static func plain(_ sign: String, _ version: CondaVersion) -> VersionSpec {
        switch sign {
        case "": .compare(.equal, version)
        case "=": .startsWith(version)
        case "~=": .compatible(version)
        default: .compare(VersionSpec.Comparison(rawValue: sign) ?? .equal, version)
        }
    }

    /// The constraint of a version followed by a star.
    private static func prefixed(_ sign: String, _ version: CondaVersion) -> VersionSpec {
        switch sign {
        case "", "=": .startsWith(version)
        case "!=": .notStartsWith(version)
        case ">": .compare(.atLeast, version)
        default: plain(sign, version)
        }
    }
}
