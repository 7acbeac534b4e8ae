/// The packages of a set as a tree: what nothing needs at the left, what each needs below it. A package that several
/// need has its own needs shown once.
public struct DependencyTree: Sendable {
    /// One line of the tree.
    public struct Line: Sendable {
        /// The branches in front of the name, such as `│  └─ `.
        public let branches: String
        /// The place of the package in the inventory.
        public let item: Int
        /// Whether what it needs is shown above, or would stand too far to the right.
        public fileprivate(set) var isRepeated: Bool
    }

    public let lines: [Line]

    /// Deeper ones are not followed: lines would be as long as the chain.
    private static let mostLevels = 100

    public init(_ graph: DependencyGraph) {
        var lines: [Line] = []
        var shown = Set<Int>()
        // Iterative: a chain of dependencies may be as long as the set.
        var open: [(item: Int, indent: String, mark: String, isLast: Bool, depth: Int)] =
            graph.roots.reversed().map { ($0, "", "", true, 0) }
        while let next = open.popLast() {
            let children = graph.dependencies[next.item]
            let isNew = shown.insert(next.item).inserted
            lines.append(
                Line(
                    branches: next.indent + next.mark, item: next.item, isRepeated: !isNew && !children.isEmpty))
            guard isNew else { continue }
            if next.depth == Self.mostLevels {
                if !children.isEmpty { lines[lines.count - 1].isRepeated = true }
                shown.remove(next.item)
                continue
            }
            let indent = next.mark.isEmpty ? "" : next.indent + (next.isLast ? "   " : "│  ")
            for (index, child) in children.enumerated().reversed() {
                let isLast = index == children.count - 1
                open.append((child, indent, isLast ? "└─ " : "├─ ", isLast, next.depth + 1))
            }
        }
        self.lines = lines
    }
}
