import Support

/// A YAML document: its nodes in document order, over one text. Scalars keep their bytes, and whether they were quoted;
/// they are converted to numbers only when one is asked for (docs/spec/lock.md#yaml).
final class YAMLTree: Sendable {
    /// In bytes; larger files are refused. A lock file of a hundred thousand packages has 100 MB.
    static let maximumSize: Int64 = 512 << 20
    /// Deeper nesting is refused.
    static let maximumDepth = 128

    struct Node: Sendable, Equatable {
        enum Kind: UInt8 { case plain, quoted, sequence, mapping }
        var kind: Kind
        /// Where a scalar begins in the text.
        var start: UInt32 = 0
        /// The bytes of a scalar, or the number of elements or members of a collection.
        var length: UInt32 = 0
        /// The index of the next node that is not below this one.
        var next: UInt32
        /// Counted from 0.
        var line: UInt32
    }

    let text: [UInt8]
    let nodes: [Node]
    /// How many lines of the file come before the text.
    let firstLine: Int

    /// - Throws: `Failure` with the line of the mistake: syntax, a duplicate key, too much nesting, or too many
    ///   aliases.
    convenience init(_ source: [UInt8], firstLine: Int = 0) throws {
        guard source.count <= YAMLTree.maximumSize else {
            throw Failure("the file has \(source.count) bytes, more than \(YAMLTree.maximumSize)")
        }
        if let nodes = try YAMLBlockScanner.scan(source) {
            self.init(text: source, nodes: nodes, firstLine: firstLine)
        } else {
            try self.init(events: source, firstLine: firstLine)
        }
    }

    init(text: [UInt8], nodes: [Node], firstLine: Int = 0) {
        self.firstLine = firstLine
        self.text = text
        self.nodes = nodes
    }

    /// Nil if the document is empty.
    var root: YAMLValue? { nodes.isEmpty ? nil : YAMLValue(tree: self, index: 0) }
}
