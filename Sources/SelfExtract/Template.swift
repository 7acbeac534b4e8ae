/// Text with placeholders `{NAME}` (capitals, digits and `_`) to be filled in.
struct Template {
    private let text: String

    init(_ text: String) { self.text = text }

    /// The text with every placeholder of a known name replaced; other braces stay.
    func filled(_ values: [String: String]) -> String {
        var result: [UInt8] = []
        var rest = text.utf8[...]
        while let open = rest.firstIndex(of: UInt8(ascii: "{")) {
            result += rest[..<open]
            let after = rest[rest.index(after: open)...]
            let name = after.prefix { (65...90).contains($0) || (48...57).contains($0) || $0 == 95 }
            if after[name.endIndex...].first == UInt8(ascii: "}"), let value = values[String(Substring(name))] {
                result += value.utf8
                rest = after[after.index(after: name.endIndex)...]
            } else {
                result.append(UInt8(ascii: "{"))
                rest = after
            }
        }
        return String(decoding: result + rest, as: UTF8.self)
    }
}
