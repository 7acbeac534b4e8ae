import Support

extension MatchSpec {
    /// Reads `key=value, ...`; these win over what stands in front of the brackets (docs/spec/lock.md#match-specs).
    mutating func readBrackets(_ bytes: ArraySlice<UInt8>) throws {
        var scanner = BracketScanner(bytes: bytes)
        while let (key, value) = try scanner.next() {
            switch key {
            case "version": version = try VersionSpec(value)
            case "build": build = try TextPattern(value)
            case "build_number":
                buildNumber = try describing("invalid build number spec") { try BuildNumber(value) }
            case "md5":
                guard let digest = MD5Digest(hex: value) else { throw MatchSpec.badDigest }
                md5 = digest
            case "sha256":
                guard let digest = SHA256Digest(hex: value) else { throw MatchSpec.badDigest }
                sha256 = digest
            case "license": license = value
            case "license_family": licenseFamily = value
            case "track_features": trackFeatures = MatchSpec.list(value)
            case "flags": flags = try MatchSpec.list(value).map { try TextPattern($0) }
            case "when": condition = value
            case "url":
                let isAbsolute = value.hasPrefix("/") || value.utf8.dropFirst().starts(with: ":\\".utf8)
                guard isAbsolute || value.contains(text: "://") else { throw Failure("invalid package path or url") }
            case "channel", "subdir", "namespace", "fn", "extras": break
            default: throw Failure("invalid bracket key: \(key)")
            }
        }
    }

    private static var badDigest: Failure { Failure("unable to parse hash digest from hex") }

    /// The parts between spaces and commas.
    private static func list(_ text: String) -> [String] {
        text.utf8.split { $0 == UInt8(ascii: ",") || isSpace($0) }
            .map { String(decoding: $0.filter { !"[]\"'".utf8.contains($0) }, as: UTF8.self) }
    }
}

extension MatchSpec.BuildNumber {
    init(_ text: String) throws {
        let bytes = Array(text.utf8)
        let sign = bytes.prefix { "=<>!~".utf8.contains($0) }
        let signText = String(decoding: sign, as: UTF8.self)
        guard let comparison = signText.isEmpty ? .equal : VersionSpec.Comparison(rawValue: signText) else {
            throw Failure("invalid version constraint: invalid operator '\(signText)'")
        }
        let digits = trim(bytes[sign.count...])
        guard digits.allSatisfy(isASCIIDigit), let number = UInt64(String(decoding: digits, as: UTF8.self)) else {
            throw Failure("invalid version: could not parse build number")
        }
        self.init(comparison: comparison, number: number)
    }
}

/// Reads the pairs of a bracket list one by one.
private struct BracketScanner {
    let bytes: ArraySlice<UInt8>
    var index: Int
    private var isFirst = true

    init(bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        index = bytes.startIndex
    }

    private var broken: Failure { Failure("invalid bracket") }
    private var current: UInt8? { index < bytes.endIndex ? bytes[index] : nil }

    private mutating func skipSpace() {
        while let byte = current, isSpace(byte) { index += 1 }
    }

    mutating func next() throws -> (String, String)? {
        skipSpace()
        guard let byte = current else { return nil }
        if !isFirst {
            guard byte == UInt8(ascii: ",") else { throw broken }
            index += 1
            skipSpace()
            if current == nil { throw broken }
        }
        isFirst = false
        let key = bytes[index...].prefix {
            isASCIIAlphanumeric($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
        }
        index += key.count
        skipSpace()
        guard current == UInt8(ascii: "=") else { throw broken }
        index += 1
        skipSpace()
        return (String(decoding: key, as: UTF8.self), try value())
    }

    private mutating func value() throws -> String {
        guard let first = current else { throw broken }
        if first == UInt8(ascii: "\"") || first == UInt8(ascii: "'") { return try quoted(first) }
        if first == UInt8(ascii: "[") {
            guard let end = bytes[index...].firstIndex(of: UInt8(ascii: "]")) else { throw broken }
            defer { index = end + 1 }
            return String(decoding: bytes[index...end], as: UTF8.self)
        }
        let plain = bytes[index...].prefix { !",]\"'".utf8.contains($0) }
        if plain.isEmpty { throw broken }
        index += plain.count
        return String(decoding: plain, as: UTF8.self)
    }

    /// Reads up to the quote that ends the text; a backslash escapes the quote.
    private mutating func quoted(_ quote: UInt8) throws -> String {
        index += 1
        var result: [UInt8] = []
        while let byte = current {
            index += 1
            if byte == quote { return String(decoding: result, as: UTF8.self) }
            if byte == UInt8(ascii: "\\"), current == quote {
                result.append(quote)
                index += 1
            } else {
                result.append(byte)
            }
        }
        throw broken
    }
}
