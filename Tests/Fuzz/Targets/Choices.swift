/// An input read as a list of choices, for targets that build something of it. At its end every choice is the first.
struct Choices {
    private var rest: ArraySlice<UInt8>

    init(_ input: [UInt8]) { rest = input[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func number(below bound: Int) -> Int { Int(rest.popFirst() ?? 0) % bound }

    mutating func one<Element>(of elements: [Element]) -> Element { elements[number(below: elements.count)] }

    /// As many bytes as the next one says.
    mutating func bytes() -> [UInt8] {
        let count = min(number(below: 256), rest.count)
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }
}
