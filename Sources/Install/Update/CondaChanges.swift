import CondaModel
import Support

/// Compares the conda packages of a plan with those of an environment: which have to be installed, which are there, and
/// which have to be removed.
struct CondaChanges {
    private(set) var pending: [PackagePlan] = []
    private(set) var kept: [(plan: PackagePlan, old: InstalledPackage)] = []
    /// Packages that are removed or replaced.
    private(set) var stale: [InstalledPackage] = []
    private(set) var changes: [(CondaName, EnvironmentChanges.Change)] = []

    init(_ plan: InstallPlan, _ installed: InstalledEnvironment?, _ python: PythonChange) throws {
        var oldByName: [CondaName: [InstalledPackage]] = [:]
        for package in installed?.packages ?? [] { oldByName[package.name.lowercased, default: []].append(package) }
        for package in plan.packages {
            try Interruption.check()
            let record = package.source.record
            let old = oldByName.removeValue(forKey: record.name) ?? []
            let same = old.first {
                !(python.concerns(package.metadata.noarch)) && package.isInstalled(as: $0)
            }
            stale += old.filter { $0.record != same?.record }
            if let same {
                kept.append((package, same))
                continue
            }
            pending.append(package)
            changes.append((record.name, .init(from: old.first?.head, to: record)))
        }
        for (name, old) in oldByName {
            stale += old
            guard let first = old.first else { continue }
            changes.append((name, .init(removing: first.head)))
        }
    }
}

extension EnvironmentChanges.Change {
    /// - Parameter old: what is replaced; nil if the package is new.
    init(from old: RecordHead?, to record: PackageRecord) {
        let name = record.name.text
        self =
            old.map {
                .replaced(
                    name: name, old: "\($0.version) \($0.build)", new: "\(record.version) \(record.build)")
            } ?? .added(name: name, version: record.version, build: record.build)
    }

    init(removing old: RecordHead) {
        self = .removed(name: old.name.text, version: old.version, build: old.build)
    }
}
