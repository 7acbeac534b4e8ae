import CondaModel
import Support

/// Typed access to a map of a lock file. Null counts as absent. Scalars are taken as written, so that an unquoted `1.0`
/// is read as that text (docs/spec/lock.md#yaml).
struct MapReader: Sendable {
    let value: YAMLValue
    // The text is only made for messages, as a large file has thousands of maps.
    private let describedSubject: @Sendable () -> String

    /// What the map describes, for messages.
    var subject: String { describedSubject() }

    /// - Throws: `Failure` if there is no map.
    init(_ value: YAMLValue?, _ subject: @autoclosure @escaping @Sendable () -> String) throws {
        guard let value, value.isMapping else {
            throw Failure("\(subject()): expected a map, found \(value?.kindName ?? "nothing")")
        }
        self.value = value
        describedSubject = subject
    }

    func failure(_ message: Message) -> Failure { Failure("\(subject) (line \(value.line)): \(message)") }

    /// Runs `body`; errors name the subject.
    func describing<Result>(_ key: StaticString, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch {
            throw Failure("\(subject) (line \(value.line)): `\(key)`", cause: error)
        }
    }

    private func mismatch(_ key: StaticString, _ value: YAMLValue, _ expected: String) -> Failure {
        Failure("\(subject) (line \(value.line)): `\(key)`: expected \(expected), found \(value.kindName)")
    }

    private func converted<Value>(
        _ key: StaticString, _ expected: String, _ convert: (YAMLValue) -> Value?
    ) throws -> Value? {
        guard let value = value.present(key) else { return nil }
        guard let result = convert(value) else { throw mismatch(key, value, expected) }
        return result
    }

    func required(_ key: StaticString) throws -> YAMLValue {
        guard let value = value.present(key) else { throw failure("missing field `\(key)`") }
        return value
    }

    func string(_ key: StaticString) throws -> String? { try converted(key, "a string", \.string) }

    func requiredString(_ key: StaticString) throws -> String {
        guard let text = try string(key) else { throw failure("missing field `\(key)`") }
        return text
    }

    func uint64(_ key: StaticString) throws -> UInt64? {
        try converted(key, "a non-negative integer") { $0.plainText.flatMap { UInt64($0) } }
    }

    func bool(_ key: StaticString) throws -> Bool? {
        try converted(key, "true or false") { value in
            switch value.plainText {
            case "true", "True", "TRUE": true
            case "false", "False", "FALSE": false
            default: nil
            }
        }
    }

    func md5(_ key: StaticString) throws -> MD5Digest? {
        guard let text = try string(key) else { return nil }
        guard let digest = MD5Digest(hex: text) else { throw failure("`\(key)`: failed to parse digest '\(text)'") }
        return digest
    }

    func sha256(_ key: StaticString) throws -> SHA256Digest? {
        guard let text = try string(key) else { return nil }
        guard let digest = SHA256Digest(hex: text) else { throw failure("`\(key)`: failed to parse digest '\(text)'") }
        return digest
    }

    /// A list of strings; nil if the key is absent.
    func list(_ key: StaticString) throws -> [String]? {
        guard let value = value.present(key) else { return nil }
        return try strings(value, key)
    }

    private func strings(_ value: YAMLValue, _ key: StaticString) throws -> [String] {
        guard let elements = value.elements else { throw mismatch(key, value, "a list of strings") }
        return try elements.map { element in
            guard let text = element.string else { throw mismatch(key, element, "a string") }
            return text
        }
    }

    /// A map of lists, in the order of the file; nil if the key is absent.
    func lists(_ key: StaticString) throws -> [(key: ByteString, list: [String])]? {
        guard let value = value.present(key) else { return nil }
        guard let members = value.members else { throw mismatch(key, value, "a map of lists") }
        return try members.compactMap { member in
            guard let name = member.key.bytes, !member.value.isNull else { return nil }
            return (name, try strings(member.value, key))
        }
    }

    /// The dependencies of versions 1 to 3: a list of strings, or a map. `join` makes a string of each member of a map;
    /// the text of a member without a value is empty.
    func listOrMap(_ key: StaticString, join: (_ name: String, _ text: String) -> String) throws -> [String]? {
        guard let value = value.present(key), let members = value.members else { return try list(key) }
        return try members.compactMap { member in
            guard let name = member.key.string else { return nil }
            if member.value.isNull { return join(name, "") }
            guard let text = member.value.string else { throw mismatch(key, member.value, "a string") }
            return join(name, text)
        }
    }

    /// A time in milliseconds since 1970, whichever unit it is written in (docs/spec/lock.md#timestamps).
    func timestamp(_ key: StaticString) throws -> Int64? {
        guard let written = try converted(key, "an integer", { $0.plainText.flatMap { Int64($0) } }) else { return nil }
        // The calendar of the original goes from the year -9999 to 9999, less the largest offset of a time zone.
        let seconds: ClosedRange<Int64> = -377_705_023_201...253_402_207_200
        let isMilliseconds = written > 253_402_300_799
        let (milliseconds, overflow) = isMilliseconds ? (written, false) : written.multipliedReportingOverflow(by: 1000)
        guard !overflow, seconds.contains(isMilliseconds ? written / 1000 : written) else {
            throw failure("got invalid timestamp, timestamp out of range")
        }
        return milliseconds
    }

    func noarch(_ key: StaticString) throws -> NoArch? {
        try converted(key, "true, false, 'python' or 'generic'") { value in
            switch value.string {
            case "python": .python
            case "generic": .generic
            case "true": .oldGeneric
            case "false", "": NoArch.none
            default: nil
            }
        }
    }

    /// Package URLs in canonical form, sorted (docs/spec/lock.md#purls).
    func purls(_ key: StaticString) throws -> [String]? {
        guard let texts = try list(key) else { return nil }
        return try describing(key) { try PackageURL.canonicalSet(texts) }
    }

    /// The elements of a list; an error if there is none.
    func requiredElements(_ key: StaticString) throws -> YAMLValue.Elements {
        let value = try required(key)
        guard let elements = value.elements else { throw mismatch(key, value, "a list") }
        return elements
    }

    /// The members of a map; an error if there is none.
    func requiredMembers(_ key: StaticString) throws -> YAMLValue.Members {
        let value = try required(key)
        guard let members = value.members else { throw mismatch(key, value, "a map") }
        return members
    }
}
