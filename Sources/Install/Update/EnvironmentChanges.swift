import CondaModel
import Support

/// What an installation changes in an environment: which packages come, go, are replaced, and which stay untouched.
public struct EnvironmentChanges: Sendable {
    /// One line of what will be done.
    public enum Change: Sendable, Equatable {
        case added(name: String, version: String, build: String)
        case removed(name: String, version: String, build: String)
        case replaced(name: String, old: String, new: String)
    }

    /// By name; wheels behind conda packages.
    public let changes: [Change]
    /// How many packages and wheels stay as they are.
    public let untouched: Int
    /// Bytes of the files to be written, as far as packages tell.
    public let bytes: Int64

    /// Whether there is an environment already.
    let isUpdate: Bool
    /// Which of the plan's packages are installed.
    let packages: [PackagePlan]
    /// Which of the wheels are installed.
    let wheels: [WheelPlan]
    /// Records that are not of the new environment.
    let staleRecords: [PrefixPath]
    /// Files of packages that go or are replaced, which nothing of the new environment has; sorted.
    let staleFiles: [PrefixPath]
    /// The paths of all wheels of the new environment.
    let wheelTargets: Set<PrefixPath>

    /// - Parameters:
    ///   - installed: what is there; nil if the environment is new.
    ///   - kept: what the pack does not bring, and the environment has.
    /// - Throws: `Failure`, also if something that is only kept would have to be installed again.
    public init(
        _ plan: InstallPlan, wheels: [WheelPlan], installed: InstalledEnvironment?,
        kept keptPackages: KeptPackages = .none
    ) throws {
        isUpdate = installed != nil
        var changes: [(name: String, change: Change)] = []
        var oldByName: [String: [InstalledPackage]] = [:]
        for package in installed?.packages ?? [] { oldByName[package.name.lowercased(), default: []].append(package) }
        let pythonChanges = Self.pythonChanges(plan, oldByName["python"] ?? [])
        var packages: [PackagePlan] = []
        var stale: [InstalledPackage] = []
        for package in plan.packages {
            let record = package.source.record
            let old = oldByName.removeValue(forKey: record.name) ?? []
            let kept = old.first {
                !(pythonChanges && package.metadata.noarch == .python) && package.isInstalled(as: $0)
            }
            stale += old.filter { $0.record != kept?.record }
            if kept != nil { continue }
            packages.append(package)
            if let first = old.first {
                let (before, after) = ("\(first.version) \(first.build)", "\(record.version) \(record.build)")
                changes.append((record.name, .replaced(name: record.name, old: before, new: after)))
            } else {
                let change = Change.added(name: record.name, version: record.version, build: record.build)
                changes.append((record.name, change))
            }
        }
        for (name, old) in oldByName {
            stale += old
            guard let first = old.first else { continue }
            changes.append((name, .removed(name: first.name, version: first.version, build: first.build)))
        }
        let oldWheels = try installed.map { try InstalledWheel.all(in: $0, python: plan.python) } ?? []
        let pending = wheels.filter { wheel in !oldWheels.contains { wheel.isInstalled(as: $0) } }
        let keptRecords = Set(keptPackages.wheels.map(\.record))
        let staleWheels = oldWheels.filter { old in
            !keptRecords.contains(old.record) && !wheels.contains { $0.isInstalled(as: old) }
        }
        try Self.refuseToInstall(packages)

        self.packages = packages
        self.wheels = pending
        untouched =
            plan.packages.count - packages.count + wheels.count - pending.count + keptPackages.wheels.count
        self.changes =
            changes.sorted { ByteString($0.name) < ByteString($1.name) }.map(\.change)
            + Self.wheelChanges(pending, staleWheels)
        bytes =
            packages.reduce(0) { $0 &+ $1.sizeOfFiles } &+ pending.reduce(0) { $0 &+ $1.size }
        wheelTargets = Set(wheels.flatMap(\.targets).map { PrefixPath($0) }).union(keptPackages.wheelTargets)
        let new = plan.allTargets.union(wheelTargets)
        staleRecords = stale.map(\.record).filter { !plan.records.contains($0) }.sorted()
        let waiting = try installed.map { try RemovalJournal.read($0.path) } ?? []
        staleFiles = Set(stale.flatMap(\.files) + staleWheels.flatMap(\.files) + waiting).subtracting(new).sorted()
    }

    /// What is only kept has no archive to install again, when a path of it goes to another package or comes from one.
    private static func refuseToInstall(_ packages: [PackagePlan]) throws {
        let names = packages.filter { $0.source.kept != nil }.map(\.source.fileName)
        if names.isEmpty { return }
        throw Failure(
            "these packages would have to be installed again, and the delta pack does not have them: "
                + names.joined(separator: ", "),
            remedy: "Name the base of the pack with --base FILE.")
    }

    /// Whether modules of noarch packages must be installed again for another Python (spec install §4.6).
    private static func pythonChanges(_ plan: InstallPlan, _ old: [InstalledPackage]) -> Bool {
        guard let old = old.first, let version = (try? CondaVersion(old.version))?.majorMinor else { return false }
        return plan.python.map { $0.major != version.major || $0.minor != version.minor } ?? false
    }

    private static func wheelChanges(_ pending: [WheelPlan], _ stale: [InstalledWheel]) -> [Change] {
        var old = Dictionary(stale.map { ($0.name, $0.version) }, uniquingKeysWith: { first, _ in first })
        var changes: [Change] = pending.map { wheel in
            let (name, version) = (wheel.name.name.text, "\(wheel.name.version)")
            if let before = old.removeValue(forKey: name) {
                return .replaced(name: name, old: "\(before) wheel", new: "\(version) wheel")
            }
            return .added(name: name, version: version, build: "wheel")
        }
        for name in old.keys.sorted() {
            changes.append(.removed(name: name, version: old[name] ?? "", build: "wheel"))
        }
        return changes
    }
}

extension EnvironmentChanges.Change: CustomStringConvertible {
    /// `+ name version build`, `- name version build`, `~ name old → new`.
    public var description: String {
        switch self {
        case .added(let name, let version, let build): "+ \(name) \(version) \(build)"
        case .removed(let name, let version, let build): "- \(name) \(version) \(build)"
        case .replaced(let name, let old, let new): "~ \(name) \(old) → \(new)"
        }
    }
}

extension PackagePlan {
    /// Whether an installed package is this one, with every path where it shall be.
    func isInstalled(as old: InstalledPackage) -> Bool {
        guard old.isSame(as: source.record), (try? PrefixRecord.path(of: source)) == old.record else { return false }
        // Links that lead nowhere may be left out of a record.
        let optional = Set(paths.filter { $0.path.kind == .softlink }.map { PrefixRecord.written($0.target) })
        let planned = Set(paths.map { PrefixRecord.written($0.target) }).union(entryPoints.map(\.target.bytes))
        let there = Set(old.files.map(\.bytes))
        return there.isSubset(of: planned) && planned.subtracting(there).isSubset(of: optional)
    }

    /// Bytes of its files, as its metadata says.
    var sizeOfFiles: Int64 {
        paths.reduce(0) { $1.path.kind == .hardlink ? $0 &+ Int64(clamping: $1.path.size ?? 0) : $0 }
    }
}

extension InstallPlan {
    /// Every path the conda packages have in the environment.
    var allTargets: Set<PrefixPath> {
        var targets: Set<PrefixPath> = []
        for package in packages {
            targets.formUnion(package.paths.lazy.map(\.target))
            targets.formUnion(package.entryPoints.lazy.map(\.target))
        }
        return targets
    }

    /// The records of the packages.
    var records: Set<PrefixPath> { Set(packages.compactMap { try? PrefixRecord.path(of: $0.source) }) }
}
