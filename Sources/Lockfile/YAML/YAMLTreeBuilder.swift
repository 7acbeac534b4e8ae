import Support

/// Adds nodes to a tree, and checks what both parsers have to check: nesting and duplicate keys.
struct YAMLTreeBuilder {
    private(set) var nodes: [YAMLTree.Node] = []
    private var open: [(index: Int, children: UInt32)] = []
    private var keys: [Int] = []

    init(reserving count: Int) { nodes.reserveCapacity(count) }

    var depth: Int { open.count }

    mutating func scalar(start: Int, length: Int, isQuoted: Bool, line: Int) {
        countChild()
        nodes.append(
            YAMLTree.Node(
                kind: isQuoted ? .quoted : .plain, start: UInt32(truncatingIfNeeded: start),
                length: UInt32(truncatingIfNeeded: length), next: UInt32(truncatingIfNeeded: nodes.count + 1),
                line: UInt32(truncatingIfNeeded: line)))
    }

    mutating func begin(_ kind: YAMLTree.Node.Kind, line: Int) throws {
        guard open.count < YAMLTree.maximumDepth else {
            throw Failure("line \(line + 1): nested deeper than \(YAMLTree.maximumDepth)")
        }
        countChild()
        open.append((nodes.count, 0))
        nodes.append(YAMLTree.Node(kind: kind, next: 0, line: UInt32(truncatingIfNeeded: line)))
    }

    /// Ends the innermost collection. `text` is the text that the scalars so far are ranges of.
    mutating func end(text: UnsafeBufferPointer<UInt8>) throws {
        guard let (index, children) = open.popLast() else { return }
        nodes[index].next = UInt32(truncatingIfNeeded: nodes.count)
        let isMapping = nodes[index].kind == .mapping
        nodes[index].length = isMapping ? children / 2 : children
        if isMapping { try checkKeys(of: index, text) }
    }

    /// Adds a copy of the complete value at `index`.
    mutating func copy(_ index: Int) {
        countChild()
        let end = Int(nodes[index].next)
        let shift = UInt32(truncatingIfNeeded: nodes.count - index)
        for source in index..<end {
            var node = nodes[source]
            node.next &+= shift
            nodes.append(node)
        }
    }

    private mutating func countChild() {
        if !open.isEmpty { open[open.count - 1].children += 1 }
    }

    private mutating func checkKeys(of mapping: Int, _ text: UnsafeBufferPointer<UInt8>) throws {
        func bytes(_ node: YAMLTree.Node) -> UnsafeBufferPointer<UInt8> {
            UnsafeBufferPointer(rebasing: text[Int(node.start)..<Int(node.start) + Int(node.length)])
        }
        func duplicate(_ key: Int) -> Failure {
            let node = nodes[key]
            return Failure(
                "duplicate entry with key \"\(String(decoding: bytes(node), as: UTF8.self))\" at line \(node.line + 1)")
        }
        keys.removeAll(keepingCapacity: true)
        let isLarge = nodes[mapping].length > 24
        var seen: Set<ByteString> = []
        var key = mapping + 1
        while key < nodes[mapping].next {
            let node = nodes[key]
            guard node.kind == .plain || node.kind == .quoted else {
                throw Failure("line \(node.line + 1): the key of a map is not a scalar")
            }
            if isLarge {
                if !seen.insert(ByteString(bytes(node))).inserted { throw duplicate(key) }
            } else {
                for other in keys {
                    let other = nodes[other]
                    if other.length == node.length, bytes(other).elementsEqual(bytes(node)) { throw duplicate(key) }
                }
                keys.append(key)
            }
            key = Int(nodes[key + 1].next)
        }
    }
}
