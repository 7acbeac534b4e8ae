import Support

/// A package URL: `pkg:type/namespace/name@version?qualifiers#subpath`, in canonical form (docs/spec/lock.md#purls).
public struct PackageURL: Hashable, Sendable, Comparable {
    let type: ByteString
    let namespace: ByteString
    let name: ByteString
    let version: ByteString
    let qualifiers: [Qualifier]
    let subpath: ByteString

    struct Qualifier: Hashable, Sendable {
        var key: ByteString
        var value: ByteString
    }

    /// The URL of a package without namespace and subpath.
    ///
    /// - Parameters:
    ///   - type: such as `conda` or `pypi`, in lower case.
    ///   - qualifiers: keys in lower case; empty values are left out.
    public init(type: String, name: String, version: String, qualifiers: [(key: String, value: String)] = []) {
        self.type = ByteString(type)
        namespace = ByteString()
        self.name = ByteString(name)
        self.version = ByteString(version)
        self.qualifiers = qualifiers.filter { !$0.value.isEmpty }
            .map { Qualifier(key: ByteString($0.key), value: ByteString($0.value)) }.sorted { $0.key < $1.key }
        subpath = ByteString()
    }

    /// - Throws: `Failure` saying what is wrong with the text.
    init(_ text: String) throws {
        func refuse(_ reason: Message) -> Failure { Failure("'\(text)' is not a valid package URL: \(reason)") }
        let bytes = Array(text.utf8)
        guard bytes.starts(with: "pkg:".utf8) else { throw refuse("URL scheme must be pkg") }
        func decoded(_ part: some Collection<UInt8>) throws -> [UInt8] {
            let bytes = PercentEncoding.decode(part)
            guard ByteString(bytes).string != nil else {
                throw refuse("An escape sequence contains invalid characters")
            }
            return bytes
        }
        let slash = UInt8(ascii: "/")
        var rest = bytes[4...].drop { $0 == slash }
        var subpathSegments: [[UInt8]] = []
        if let mark = rest.lastIndex(of: UInt8(ascii: "#")) {
            subpathSegments = try rest[(mark + 1)...].split(separator: slash).map { try decoded($0) }
                .filter { !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8) }
            rest = rest[..<mark]
        }
        var qualifiers: [Qualifier] = []
        if let mark = rest.lastIndex(of: UInt8(ascii: "?")) {
            for part in rest[(mark + 1)...].split(separator: UInt8(ascii: "&")) {
                guard let equals = part.firstIndex(of: UInt8(ascii: "=")),
                    let key = PackageURL.qualifierKey(part[..<equals])
                else { throw refuse("Invalid qualifier") }
                let value = ByteString(try decoded(part[(equals + 1)...]))
                if qualifiers.contains(where: { $0.key == key }) { throw refuse("Invalid qualifier") }
                if !value.isEmpty {
                    qualifiers.append(Qualifier(key: key, value: PackageURL.canonical(value, of: key)))
                }
            }
            rest = rest[..<mark]
        }
        guard let typeEnd = rest.firstIndex(of: slash) else { throw refuse("Missing required field name") }
        guard let type = PackageURL.type(rest[..<typeEnd]) else { throw refuse("Invalid package type") }
        rest = rest[(typeEnd + 1)...].drop { $0 == slash }
        version = try ByteString(
            rest.lastIndex(of: UInt8(ascii: "@")).map { mark in
                defer { rest = rest[..<mark] }
                return try decoded(rest[(mark + 1)...])
            } ?? [])
        let nameStart = rest.lastIndex(of: slash).map { $0 + 1 } ?? rest.startIndex
        name = ByteString(try decoded(rest[nameStart...]))
        if name.isEmpty { throw refuse("Missing required field name") }
        let namespaceSegments = try rest[..<nameStart].split(separator: slash).map { try decoded($0) }
        if (namespaceSegments + subpathSegments).contains(where: { $0.contains(slash) }) {
            throw refuse("An escape sequence contains invalid characters")
        }
        self.type = type
        namespace = ByteString(Array(namespaceSegments.joined(separator: [slash])))
        subpath = ByteString(Array(subpathSegments.joined(separator: [slash])))
        self.qualifiers = qualifiers.sorted { $0.key < $1.key }
    }

    /// Letters, digits, `.`, `+` and `-`, beginning with a letter, in lower case; nil for anything else.
    private static func type(_ text: ArraySlice<UInt8>) -> ByteString? {
        guard let first = text.first, isASCIILetter(first),
            text.allSatisfy({ isKeyByte($0) || $0 == UInt8(ascii: "+") })
        else { return nil }
        return ByteString(text.map(asciiLowercased))
    }

    private static func qualifierKey(_ text: ArraySlice<UInt8>) -> ByteString? {
        guard let first = text.first, isASCIILetter(first),
            text.allSatisfy({ isKeyByte($0) || $0 == UInt8(ascii: "_") })
        else { return nil }
        return ByteString(text.map(asciiLowercased))
    }

    private static func isKeyByte(_ byte: UInt8) -> Bool {
        isASCIILetter(byte) || isASCIIDigit(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
    }

    /// The value in canonical form: the list of checksums is sorted and in lower case.
    private static func canonical(_ value: ByteString, of key: ByteString) -> ByteString {
        guard key == "checksum" else { return value }
        let parts = value.bytes.map(asciiLowercased).split(separator: UInt8(ascii: ",")).map { ByteString($0) }
        return ByteString(Array(parts.sorted().map(\.bytes).joined(separator: [UInt8(ascii: ",")])))
    }

    /// The canonical text.
    public var text: String {
        var output = Array("pkg:".utf8) + type.bytes + [UInt8(ascii: "/")]
        for segment in namespace.bytes.split(separator: UInt8(ascii: "/")) {
            PercentEncoding.append(segment, escaping: .purlName, to: &output)
            output.append(UInt8(ascii: "/"))
        }
        PercentEncoding.append(name.bytes, escaping: .purlName, to: &output)
        if !version.isEmpty {
            output.append(UInt8(ascii: "@"))
            PercentEncoding.append(version.bytes, escaping: .purlVersion, to: &output)
        }
        for (index, qualifier) in qualifiers.enumerated() {
            output.append(index == 0 ? UInt8(ascii: "?") : UInt8(ascii: "&"))
            output += qualifier.key.bytes + [UInt8(ascii: "=")]
            PercentEncoding.append(qualifier.value.bytes, escaping: .purlQualifier, to: &output)
        }
        for (index, segment) in subpath.bytes.split(separator: UInt8(ascii: "/")).enumerated() {
            output.append(index == 0 ? UInt8(ascii: "#") : UInt8(ascii: "/"))
            PercentEncoding.append(segment, escaping: .purlName, to: &output)
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// Sorted by type, namespace, name, version, qualifiers and subpath, each compared as bytes.
    public static func < (left: PackageURL, right: PackageURL) -> Bool {
        for part in [\PackageURL.type, \.namespace, \.name, \.version] where left[keyPath: part] != right[keyPath: part]
        {
            return left[keyPath: part] < right[keyPath: part]
        }
        if left.qualifiers != right.qualifiers {
            return left.qualifiers.lexicographicallyPrecedes(right.qualifiers) { one, other in
                one.key != other.key ? one.key < other.key : one.value < other.value
            }
        }
        return left.subpath < right.subpath
    }

    /// A set of package URLs as a record keeps it: canonical texts, sorted, without duplicates.
    ///
    /// - Throws: `Failure` for the first that is invalid.
    public static func canonicalSet(_ texts: [String]) throws -> [String] {
        if texts.count == 1 { return [try PackageURL(texts[0]).text] }
        return try Set(texts.map { try PackageURL($0) }).sorted().map(\.text)
    }
}
