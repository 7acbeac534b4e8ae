import Support

/// Keys and values, written in the order of their keys.
public struct OCIAnnotations: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    private var values: [String: String] = [:]

    public init(dictionaryLiteral elements: (String, String)...) {
        for (key, value) in elements { values[key] = value }
    }

    init(_ json: JSONValue?) {
        for member in json?.members.map(Array.init) ?? [] {
            if let value = member.value.string { values[member.name.lossyString] = value }
        }
    }

    public var isEmpty: Bool { values.isEmpty }

    public subscript(key: String) -> String? {
        get { values[key] }
        set { values[key] = newValue }
    }

    func write(to writer: inout JSONWriter) {
        if values.isEmpty { return }
        writer.key("annotations")
        writer.object { writer in
            for key in values.keys.sorted(by: { ByteString($0) < ByteString($1) }) { writer.member(key, values[key]) }
        }
    }
}
