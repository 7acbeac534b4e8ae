// Stands in for the module of this name in the release executable, where the real one takes 5 MB.
//
// swift-argument-parser is its only user: it looks whether an error is a `LocalizedError`, and writes the description of a
// command as JSON (`--experimental-dump-help`). `.ci/check/release` compares that JSON with what the real module writes.

public protocol LocalizedError: Error {
    var errorDescription: String? { get }
}

/// UTF-8 text on its way from the encoder to a `String`.
public struct Data: Sendable {
    let text: String
}

extension String {
    public enum Encoding: Sendable { case utf8 }

    public init?(data: Data, encoding: Encoding) { self = data.text }
}

/// Writes a value as the real encoder does with its two options `prettyPrinted` and `sortedKeys`, whatever is set.
public final class JSONEncoder {
    public struct OutputFormatting: OptionSet, Sendable {
        public let rawValue: Int
        public init(rawValue: Int) { self.rawValue = rawValue }
        public static let prettyPrinted = OutputFormatting(rawValue: 1)
        public static let sortedKeys = OutputFormatting(rawValue: 2)
    }

    public var outputFormatting: OutputFormatting = []

    public init() {}

    public func encode(_ value: some Encodable) throws -> Data {
        let root = Place()
        try root.put(value)
        var text = ""
        root.write(to: &text, depth: 0)
        return Data(text: text)
    }
}

/// A place in the document, which an encoder fills.
private final class Place {
    private enum Content {
        /// `null`, `true`, `false` or a number.
        case word(String)
        case text(String)
        case list([Place])
        case map([String: Place])
    }

    private var content = Content.word("null")

    var count: Int {
        if case .list(let places) = content { places.count } else { 0 }
    }

    func put(_ value: some Encodable) throws {
        switch value {
        case let text as String: content = .text(text)
        case let truth as Bool: content = .word(truth ? "true" : "false")
        case let number as any BinaryInteger: content = .word(String(describing: number))
        case let number as any BinaryFloatingPoint: content = .word(String(describing: number))
        default: try value.encode(to: PlaceEncoder(place: self))
        }
    }

    func becomeMap() {
        guard case .map = content else { return content = .map([:]) }
    }

    func becomeList() {
        guard case .list = content else { return content = .list([]) }
    }

    /// The place of a member of a map.
    func member(_ name: String) -> Place {
        let place = Place()
        if case .map(var places) = content {
            // One owner at a time: the table is changed where it is.
            content = .word("null")
            places[name] = place
            content = .map(places)
        }
        return place
    }

    /// A new place at the end of a list.
    func element() -> Place {
        let place = Place()
        if case .list(var places) = content {
            content = .word("null")
            places.append(place)
            content = .list(places)
        }
        return place
    }

    func write(to text: inout String, depth: Int) {
        switch content {
        case .word(let word): text += word
        case .text(let string): Place.quote(string, to: &text)
        case .list(let places):
            Place.write(places.map { ("", $0) }, between: "[", "]", to: &text, depth: depth)
        case .map(let places):
            let members = places.sorted { $0.key < $1.key }.map { name, place in
                var label = ""
                Place.quote(name, to: &label)
                return (label + " : ", place)
            }
            Place.write(members, between: "{", "}", to: &text, depth: depth)
        }
    }

    private static func write(
        _ members: [(label: String, place: Place)], between open: String, _ close: String, to text: inout String,
        depth: Int
    ) {
        let margin = "\n" + String(repeating: "  ", count: depth)
        text += open
        for (index, member) in members.enumerated() {
            text += (index == 0 ? "" : ",") + margin + "  " + member.label
            member.place.write(to: &text, depth: depth + 1)
        }
        // What is empty has an empty line in it.
        text += (members.isEmpty ? "\n" : "") + margin + close
    }

    private static func quote(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"", "\\", "/": text += "\\" + String(scalar)
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{8}": text += "\\b"
            case "\u{c}": text += "\\f"
            case "\0"..<" ":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}

private struct PlaceEncoder: Encoder {
    let place: Place
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        place.becomeMap()
        return KeyedEncodingContainer(Members(place: place))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        place.becomeList()
        return Elements(place: place)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { Whole(place: place) }
}

private struct Members<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let place: Place
    var codingPath: [any CodingKey] { [] }

    private func encoder(_ key: some CodingKey) -> PlaceEncoder { PlaceEncoder(place: place.member(key.stringValue)) }

    func encodeNil(forKey key: Key) { _ = place.member(key.stringValue) }
    func encode(_ value: some Encodable, forKey key: Key) throws { try place.member(key.stringValue).put(value) }
    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<
        Nested
    > {
        encoder(key).container(keyedBy: type)
    }
    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { encoder(key).unkeyedContainer() }
    func superEncoder() -> any Encoder { PlaceEncoder(place: place.member("super")) }
    func superEncoder(forKey key: Key) -> any Encoder { encoder(key) }
}

private struct Elements: UnkeyedEncodingContainer {
    let place: Place
    var codingPath: [any CodingKey] { [] }
    var count: Int { place.count }

    func encodeNil() { _ = place.element() }
    func encode(_ value: some Encodable) throws { try place.element().put(value) }
    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        superEncoder().container(keyedBy: type)
    }
    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { superEncoder().unkeyedContainer() }
    func superEncoder() -> any Encoder { PlaceEncoder(place: place.element()) }
}

private struct Whole: SingleValueEncodingContainer {
    let place: Place
    var codingPath: [any CodingKey] { [] }

    func encodeNil() {}
    func encode(_ value: some Encodable) throws { try place.put(value) }
}
