import Support

/// One value of a `YAMLTree`.
struct YAMLValue: Sendable {
    let tree: YAMLTree
    let index: Int

    private var node: YAMLTree.Node { tree.nodes[index] }

    var isScalar: Bool { node.kind == .plain || node.kind == .quoted }
    var isMapping: Bool { node.kind == .mapping }
    var isSequence: Bool { node.kind == .sequence }

    /// In the file, counted from 1.
    var line: Int { tree.firstLine + Int(node.line) + 1 }

    /// Whether it is an unquoted scalar without a value: empty, `~` or `null`.
    var isNull: Bool {
        let node = node
        guard node.kind == .plain else { return false }
        switch node.length {
        case 0: return true
        case 1: return tree.text[Int(node.start)] == UInt8(ascii: "~")
        case 4: return ["null", "Null", "NULL"].contains { scalar.elementsEqual($0.utf8) }
        default: return false
        }
    }

    private var scalar: ArraySlice<UInt8> {
        let node = node
        return tree.text[Int(node.start)..<Int(node.start) + Int(node.length)]
    }

    /// The bytes of a scalar other than null, as written; nil for collections and null.
    var bytes: ByteString? { isScalar && !isNull ? ByteString(scalar) : nil }

    /// The text of a scalar other than null, as written; nil for collections and null.
    var string: String? { isScalar && !isNull ? String(decoding: scalar, as: UTF8.self) : nil }

    /// The text of an unquoted scalar other than null, which may be a number or a truth value.
    var plainText: String? { node.kind == .plain ? string : nil }

    /// The kind of the value in words, for messages.
    var kindName: String {
        switch node.kind {
        case .plain: isNull ? "null" : "'\(ByteString(scalar.prefix(80)))'"
        case .quoted: "string '\(ByteString(scalar.prefix(80)))'"
        case .sequence: "a sequence"
        case .mapping: "a map"
        }
    }

    /// The elements of a sequence; nil for other kinds.
    var elements: Elements? { isSequence ? Elements(collection: self) : nil }

    /// The members of a map in document order; nil for other kinds.
    var members: Members? { isMapping ? Members(collection: self) : nil }

    /// The value of a key; nil for other kinds, and if there is no such key.
    subscript(key: StaticString) -> YAMLValue? {
        guard let members else { return nil }
        for member in members where member.key.isText(key) { return member.value }
        return nil
    }

    /// The value of a key, if there is one and it is not null.
    func present(_ key: StaticString) -> YAMLValue? {
        guard let value = self[key], !value.isNull else { return nil }
        return value
    }

    private func isText(_ text: StaticString) -> Bool {
        let node = node
        guard Int(node.length) == text.utf8CodeUnitCount, isScalar else { return false }
        let start = Int(node.start)
        for offset in 0..<text.utf8CodeUnitCount where tree.text[start + offset] != text.utf8Start[offset] {
            return false
        }
        return true
    }

    struct Elements: Sequence, IteratorProtocol {
        let tree: YAMLTree
        var index: Int
        let end: Int
        let count: Int

        init(collection: YAMLValue) {
            tree = collection.tree
            index = collection.index + 1
            end = Int(collection.node.next)
            count = Int(collection.node.length)
        }

        mutating func next() -> YAMLValue? {
            guard index < end else { return nil }
            defer { index = Int(tree.nodes[index].next) }
            return YAMLValue(tree: tree, index: index)
        }
    }

    struct Members: Sequence, IteratorProtocol {
        var values: Elements

        init(collection: YAMLValue) { values = Elements(collection: collection) }

        var count: Int { values.count }

        mutating func next() -> (key: YAMLValue, value: YAMLValue)? {
            guard let key = values.next(), let value = values.next() else { return nil }
            return (key, value)
        }
    }
}
