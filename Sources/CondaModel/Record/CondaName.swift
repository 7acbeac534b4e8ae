import Support

/// The name of a conda package, as its record or lock file writes it. Names are compared byte by byte, never as Unicode text.
///
///     let name = try CondaName("Ruamel.yaml")
///     name.lowercased  // ruamel.yaml: what match specs and histories go by
///
/// Records may have any name that can be part of a path. A match spec and a reference to a source can only name packages
/// whose names consist of the characters of `isPlain`.
public struct CondaName: Sendable {
    /// As written.
    public let text: String

    /// - Throws: `Failure` if files and folders cannot be called so: the text is empty, `.` or `..`, or has a `/`, `\`, `:`
    ///   or control character.
    public init(_ text: String) throws {
        if text.isEmpty { throw Failure("the name is empty") }
        try requirePathComponent(text, "name")
        self.text = text
    }

    private init(unchecked text: String) { self.text = text }

    /// The name with its ASCII letters in lower case.
    public var lowercased: CondaName {
        guard text.utf8.contains(where: { asciiLowercased($0) != $0 }) else { return self }
        return CondaName(unchecked: String(decoding: text.utf8.map(asciiLowercased), as: UTF8.self))
    }

    /// Whether a name of these bytes can stand in a match spec: ASCII letters, digits, `-`, `_` and `.`, at least one
    /// (docs/spec/lock.md#match-specs).
    public static func isPlain(_ bytes: some Collection<UInt8>) -> Bool {
        !bytes.isEmpty && bytes.allSatisfy { isASCIIAlphanumeric($0) || isNameSeparator($0) }
    }

    /// The package whose interpreter `noarch: python` packages and wheels are installed for.
    public static let python = CondaName(unchecked: "python")
    /// conda's package of the installer for Python packages.
    public static let pip = CondaName(unchecked: "pip")
}

extension CondaName: Hashable {
    public static func == (left: CondaName, right: CondaName) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
        hasher.combine(UInt8(0xFF))
    }
}

extension CondaName: Comparable, CustomStringConvertible {
    public static func < (left: CondaName, right: CondaName) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }
    public var description: String { text }
}

extension CondaName: ExpressibleByStringLiteral {
    /// A name in the source of this program, which is not checked.
    public init(stringLiteral value: String) { self.init(unchecked: value) }
}

extension Sequence {
    /// The Python of these packages; nil if they have none.
    ///
    ///     let python = records.python(\.name)
    public func python(_ name: (Element) -> CondaName) -> Element? { first { name($0) == .python } }
}

extension Sequence<PackageRecord> {
    /// The Python of these packages; nil if they have none.
    public var python: PackageRecord? { python(\.name) }
}
