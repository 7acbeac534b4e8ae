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
        // Keys and indices are sorted instead of packages, which are large.
        let keys = packages.map { (kind: $0.kind, id: $0.id, entry: $0.entry) }
        let order = keys.indices.sorted { left, right in
            let (left, right) = (keys[left], keys[right])
            if left.kind != right.kind { return left.kind < right.kind }
            return left.id == right.id ? left.entry < right.entry : left.id < right.id
        }
        var result: [LockedPackage] = []
        result.reserveCapacity(order.count)
        var last: Int?
        for index in order {
            defer { last = index }
            if let last, keys[last].kind == keys[index].kind, keys[last].id == keys[index].id {
                if keys[last].entry == keys[index].entry || packages[last].package == packages[index].package {
                    continue
                }
                throw Failure(
                    "EnvironmentPackages: inconsistent insert of \(packages[index].package.location.redacted)")
            }
            result.append(packages[index].package)
        }
        return result
    }
}
