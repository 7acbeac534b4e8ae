import Support

/// What a conda package requires of another one: `[channel::]name [version [build]][key=value,...]`
/// (docs/spec/lock.md#match-specs).
///
///     let spec = try MatchSpec("python >=3.11,<3.13 *_cpython")
///     spec.name  // python
///     try spec.matches(record)  // whether this package will do
///
/// It is read leniently, as the original reads `depends` and `constrains`, and the name must be exact. Channel, subdir,
/// namespace, file name, URL, extras and `when` are read, but play no role in matching.
public struct MatchSpec: Sendable {
    /// As written.
    let text: String
    /// In lower case.
    public let name: CondaName
    /// Which versions will do; nil if every version does.
    public internal(set) var version: VersionSpec?
    /// Which build strings will do; nil if every one does.
    public internal(set) var build: TextPattern?
    var buildNumber: BuildNumber?
    var md5: MD5Digest?
    /// The SHA-256 the archive must have; nil if any will do.
    var sha256: SHA256Digest?
    /// The licence the record must give, exactly; nil if any will do.
    var license: String?
    var licenseFamily: String?
    var trackFeatures: [String] = []
    /// Patterns of flags, each of which a flag of the record has to match.
    public internal(set) var flags: [TextPattern] = []
    /// A condition (`when`). It is not evaluated, so it is not known whether a dependency with one counts.
    public internal(set) var condition: String?

    /// `build_number=">=2"`
    struct BuildNumber: Sendable {
        let comparison: VersionSpec.Comparison
        let number: UInt64
    }

    /// - Throws: `Failure` with the original's message.
    public init(_ text: String) throws {
        self.text = text
        var bytes = trim(text.utf8.prefix { $0 != UInt8(ascii: "#") })
        try MatchSpec.refuseConditions(bytes)
        let brackets = MatchSpec.takeBrackets(&bytes)
        if let url = MatchSpec.urlName(bytes) {
            guard let name = url.name else { throw Failure("missing package name") }
            self.name = name
        } else {
            let rest = try MatchSpec.dropChannel(bytes)
            let word = rest.prefix { !isSpace($0) && !"><=!~".utf8.contains($0) }
            name = try MatchSpec.checkedName(word)
            try readVersionAndBuild(trim(rest.dropFirst(word.count)))
        }
        if let brackets { try readBrackets(brackets) }
    }

    /// Whether the record fulfils every part of the spec.
    ///
    /// - Throws: `Failure` if the spec has a version and the record's version cannot be read.
    public func matches(_ record: PackageRecord) throws -> Bool {
        guard record.name.lowercased == name else { return false }
        if let version, try !version.matches(CondaVersion(record.version)) { return false }
        if let build, !build.matches(record.build) { return false }
        if let buildNumber, !buildNumber.comparison.holds(record.buildNumber, buildNumber.number) { return false }
        if let md5, md5 != record.md5 { return false }
        if let sha256, sha256 != record.sha256 { return false }
        if let license, license.utf8.elementsEqual((record.license ?? "").utf8) == false { return false }
        if let licenseFamily, licenseFamily.utf8.elementsEqual((record.licenseFamily ?? "").utf8) == false {
            return false
        }
        guard trackFeatures.allSatisfy({ record.trackFeatures.contains($0) }) else { return false }
        return flags.allSatisfy { flag in record.flags.contains { flag.matches($0) } }
    }

    private static func refuseConditions(_ bytes: ArraySlice<UInt8>) throws {
        let semicolons = bytes.indices.filter { bytes[$0] == UInt8(ascii: ";") }
        guard let first = semicolons.first else { return }
        if semicolons.count > 1 { throw Failure("more than one semicolon in match spec") }
        if trim(bytes[(first + 1)...]).starts(with: "if ".utf8) {
            throw Failure(
                "the '; if' syntax for conditional dependencies is deprecated, "
                    + "use '[when=\"...\"]' bracket syntax instead")
        }
    }

    /// Cuts `[...]` off the end and returns what is inside; a text without a matching `[` stays as it is.
    private static func takeBrackets(_ bytes: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard bytes.last == UInt8(ascii: "]") else { return nil }
        var depth = 0
        for index in bytes.indices.reversed() {
            if bytes[index] == UInt8(ascii: "]") { depth += 1 }
            if bytes[index] == UInt8(ascii: "[") { depth -= 1 }
            guard depth == 0 else { continue }
            let content = bytes[(index + 1)..<(bytes.endIndex - 1)]
            bytes = trim(bytes[..<index])
            return content
        }
        return nil
    }

    /// The package name in the last segment of a URL or of an absolute path; nil for all other specs.
    private static func urlName(_ bytes: ArraySlice<UInt8>) -> (name: CondaName?, Void)? {
        let text = ByteString(bytes)
        let scheme = bytes.prefix { isASCIIAlphanumeric($0) || "+-.".utf8.contains($0) }
        let afterScheme = bytes.dropFirst(scheme.count)
        let isURL = !scheme.isEmpty && scheme.count <= 11 && afterScheme.starts(with: "://".utf8)
        let isWindows =
            scheme.count == 1 && isASCIILetter(scheme.first ?? 0)
            && (afterScheme.starts(with: ":/".utf8) || afterScheme.starts(with: ":\\".utf8))
        guard isURL || isWindows || text.hasPrefix("/") || text.hasPrefix("\\\\") else { return nil }
        // `https://host/channel::name` is a channel and a name.
        guard zip(bytes, bytes.dropFirst()).allSatisfy({ !($0 == UInt8(ascii: ":") && $1 == UInt8(ascii: ":")) }) else {
            return nil
        }
        let separators = isURL ? "/" : "/\\"
        let segment = bytes.split(omittingEmptySubsequences: false) { separators.utf8.contains($0) }.last ?? []
        let fileName = String(decoding: segment.prefix { $0 != UInt8(ascii: "?") }, as: UTF8.self)
        guard let archive = ArchiveName(fileName), let name = try? checkedName(Array(archive.name.utf8)[...]) else {
            return (nil, ())
        }
        return (name, ())
    }

    /// The text without `channel::` or `channel:namespace:`.
    private static func dropChannel(_ bytes: ArraySlice<UInt8>) throws -> ArraySlice<UInt8> {
        let colon = UInt8(ascii: ":")
        guard let last = bytes.lastIndex(of: colon) else { return bytes }
        let rest = trim(bytes[(last + 1)...])
        guard let middle = bytes[..<last].lastIndex(of: colon) else { return rest }
        let channel = bytes[..<middle]
        let isURL =
            channel.split(separator: colon).count == 2 && ByteString(channel).string?.contains(text: "://") == true
        if channel.contains(UInt8(ascii: "\\")) || channel.contains(colon) && !isURL {
            throw Failure(
                "invalid channel", cause: Failure("invalid channel name: '\(String(decoding: channel, as: UTF8.self))'")
            )
        }
        return rest
    }

    private static func checkedName(_ bytes: ArraySlice<UInt8>) throws -> CondaName {
        let text = String(decoding: bytes, as: UTF8.self)
        let allowed = "package names can only contain 0-9, a-z, A-Z, -, _, or ."
        if bytes.isEmpty { throw Failure("missing package name") }
        if bytes.first == UInt8(ascii: "^"), bytes.last == UInt8(ascii: "$") {
            throw Failure("\"\(text)\" looks like a regex but only exact package names are allowed, \(allowed)")
        }
        if bytes.contains(UInt8(ascii: "*")) {
            throw Failure("\"\(text)\" looks like a glob but only exact package names are allowed, \(allowed)")
        }
        guard CondaName.isPlain(bytes) else {
            throw Failure(
                "invalid package name '\(text)': '\(text)' is not a valid package name. "
                    + "Package names can only contain 0-9, a-z, A-Z, -, _, or .")
        }
        return try CondaName(text).lowercased
    }

    private mutating func readVersionAndBuild(_ bytes: ArraySlice<UInt8>) throws {
        if bytes.isEmpty { return }
        if bytes.contains(UInt8(ascii: "[")) && bytes.contains(UInt8(ascii: "]")) == false {
            throw Failure("multiple bracket sections not allowed")
        }
        let whole = Array(bytes)
        func unparsable() -> Failure {
            Failure("unable to parse version spec: \(String(decoding: whole, as: UTF8.self))")
        }
        var parser = VersionSpecParser(bytes: whole)
        guard try parser.group() != nil else { throw unparsable() }
        let version = whole[..<parser.index].filter { !isSpace($0) }
        var rest = whole[parser.index...]
        if rest.first == UInt8(ascii: " ") || rest.first == UInt8(ascii: "=") { rest = rest.dropFirst() }
        rest = trim(rest)
        if [UInt8(ascii: ","), UInt8(ascii: "|")].contains(rest.first ?? 0) { throw unparsable() }
        self.version = try VersionSpec(
            String(decoding: MatchSpec.lenient(version, hasBuild: !rest.isEmpty), as: UTF8.self))
        if !rest.isEmpty { build = try TextPattern(String(decoding: rest, as: UTF8.self)) }
    }

    /// The version with the meaning that a leading `=` has in a positional version.
    private static func lenient(_ version: [UInt8], hasBuild: Bool) -> [UInt8] {
        let equals = UInt8(ascii: "=")
        guard version.first == equals else { return version }
        let rest = Array(version.dropFirst())
        if rest.first == equals, !hasBuild { return Array(rest.dropFirst()) }
        if rest.contains(where: { "=,|".utf8.contains($0) }) { return version }
        if !hasBuild, rest.last != UInt8(ascii: "*") { return rest + [UInt8(ascii: "*")] }
        return rest
    }
}

extension MatchSpec: CustomStringConvertible {
    public var description: String { text }
}
