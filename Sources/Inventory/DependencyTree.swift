/// The packages of a set as a tree. Packages that nothing depends on are at the left, and below each package are its
/// dependencies. If several packages depend on one, its own dependencies are shown only once.
public struct DependencyTree: Sendable {
    /// One line of the tree.
    public struct Line: Sendable {
        /// The lines drawn in front of the name, such as `│  └─ `.
        public let branches: String
        /// The index of the package in the inventory.
        public let item: Int
        /// Whether its dependencies are left out: they are shown further up, or the nesting is too deep.
        public fileprivate(set) var isRepeated: Bool
    }

    /// The lines of the tree, from top to bottom.
    public let lines: [Line]

    /// Deeper levels are left out: the lines would become as long as the chain of dependencies.
    private static let mostLevels = 100

    public init(_ graph: DependencyGraph) {
        var lines: [Line] = []
        var shown = Set<Int>()
        // Not recursive: a chain of dependencies may be as long as the set.
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
