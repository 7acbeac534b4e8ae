import CondaModel
import Support

/// Collects the packages of an environment without duplicates, sorted by kind and then by an id that is compared as
/// bytes (docs/spec/lock.md#order).
struct PackageOrder {
    private var packages: [(kind: Int, id: ByteString, entry: Int, package: LockedPackage)] = []

    /// - Parameter entry: the number of the entry in the lock file. A second reference to an entry adds nothing.
    mutating func add(_ package: LockedPackage, id: ByteString, entry: Int) {
        let kind =
            switch package {
            case .conda: 0
            case .condaSource: 1
            case .pypi: 2
            }
        packages.append((kind, id, entry, package))
    }

    /// - Throws: `Failure` if two different packages have the same id.
    func sorted() throws -> [LockedPackage] {
        let sorted = packages.sorted { left, right in
            if left.kind != right.kind { return left.kind < right.kind }
            return left.id == right.id ? left.entry < right.entry : left.id < right.id
        }
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
