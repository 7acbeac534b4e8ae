import CondaModel
import Support

/// Collects the packages of an environment without duplicates, sorted by kind and then by an id that is compared as
/// bytes (docs/spec/lock.md#order).
struct PackageOrder {
    /// A package that an environment refers to.
    struct Item: Sendable {
        fileprivate let kind: Int
        fileprivate let id: ByteString
        fileprivate let entry: Int
        fileprivate let package: LockedPackage

        /// - Parameters:
        ///   - id: the text to sort by.
        ///   - entry: the number of the entry in the lock file. A second reference to an entry adds nothing.
        init(_ package: LockedPackage, id: ByteString, entry: Int) {
            kind =
                switch package {
                case .conda: 0
                case .condaSource: 1
                case .pypi: 2
                }
            (self.id, self.entry, self.package) = (id, entry, package)
        }
    }

    private var packages: [Item] = []

    mutating func add(_ item: Item) { packages.append(item) }

    /// How many references a thread takes at a time; fewer are not worth another thread.
    private static let portion = 128

    /// The packages of an environment in order; those of many references are found by all processors.
    ///
    /// - Parameter find: the package of a reference.
    /// - Throws: what `find` throws for the first reference for which it does; else as `sorted`.
    static func packages(
        of references: [MapReader], _ find: @escaping @Sendable (MapReader) throws -> Item
    ) throws -> [LockedPackage] {
        let starts = Array(stride(from: 0, to: references.count, by: portion))
        let pool = WorkerPool(width: starts.count > 1 ? WorkerPool.usableCPUs : 1)
        let found = Locked<[[Item]]>(Array(repeating: [], count: starts.count))
        try pool.forEach(count: starts.count) { number, _ in
            try Interruption.check()
            let items = try references[starts[number]...].prefix(portion).map(find)
            found.withLock { $0[number] = items }
        }
        return try PackageOrder(packages: found.withLock { $0.flatMap { $0 } }).sorted()
    }

    /// - Throws: `Failure` if two different packages have the same id.
    func sorted() throws -> [LockedPackage] {
        // Indices are sorted instead of items, which are large.
        let sorted = packages.indices.sorted { left, right in
            if packages[left].kind != packages[right].kind { return packages[left].kind < packages[right].kind }
            if packages[left].id != packages[right].id { return packages[left].id < packages[right].id }
            return packages[left].entry < packages[right].entry
        }.map { packages[$0] }
        var result: [LockedPackage] = []
        for (index, item) in sorted.enumerated() {
            if index > 0 {
                let last = sorted[index - 1]
                if last.kind == item.kind && last.id == item.id {
                    if last.entry == item.entry || last.package == item.package { continue }
                    throw Failure("EnvironmentPackages: inconsistent insert of \(item.package.location.redacted)")
                }
            }
            result.append(item.package)
        }
        return result
    }
}
