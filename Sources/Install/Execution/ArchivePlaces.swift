import Support

/// Finds the planned path for a path of the archive. Archives mostly have their files in the order in which the package lists
/// them, so the next planned path is tried first; a table of all is made only if that is another one.
struct ArchivePlaces {
    private let plan: PackagePlan
    private var expected = 0
    private lazy var table = Table(plan)

    private struct Table {
        /// The first planned path for each path of the archive.
        var indices: [RelativePath: Int] = [:]
        var twins: [(first: Int, again: Int)] = []

        init(_ plan: PackagePlan) {
            indices.reserveCapacity(plan.paths.count)
            for index in plan.paths.indices {
                let source = plan.paths.paths.source(index)
                if let first = indices[source] {
                    twins.append((first, index))
                } else {
                    indices[source] = index
                }
            }
        }
    }

    init(_ plan: PackagePlan) { self.plan = plan }

    /// The index of the first planned path with this source; nil if there is none.
    subscript(path: RelativePath) -> Int? {
        mutating get { table.indices[path] }
    }

    /// The same for the next entry of the archive: entries have to be asked for in order to be found quickly.
    mutating func next(_ path: RelativePath) -> Int? {
        let index = expected
        if index < plan.paths.count, plan.hasNoTwins, plan.paths.paths.isSource(path, at: index) {
            expected = index + 1
            return index
        }
        guard let found = table.indices[path] else { return nil }
        expected = found + 1
        return found
    }

    /// Pairs of planned paths with the same source: the first one, and one that has it again.
    var twins: [(first: Int, again: Int)] {
        mutating get { plan.hasNoTwins ? [] : table.twins }
    }
}
