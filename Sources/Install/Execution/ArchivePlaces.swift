import Support

/// Which planned path a path of the archive is. Archives mostly have their files in the order in which the package lists them,
/// so the next one is looked at first; a table of all is made only if one is somewhere else.
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

    /// The first planned path that is this one.
    subscript(path: RelativePath) -> Int? {
        mutating get { table.indices[path] }
    }

    /// The same for the path of the next entry.
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

    /// Planned paths that name the same path of the archive again.
    var twins: [(first: Int, again: Int)] {
        mutating get { plan.hasNoTwins ? [] : table.twins }
    }
}
