import CondaModel
import Support

/// What other conda packages a pack has than an environment that is as our note says (`SettledEnvironment`). Of the
/// packages that stay neither the archives are read nor a value is made of each path of their records.
public final class SettledDifference: Sendable {
    let environment: SettledEnvironment
    /// The records of the packages that stay.
    let kept: [RecordHead]
    /// Packages that are removed or replaced.
    let stale: [InstalledPackage]
    /// The packages that are installed.
    public let pending: [PackageSource]
    /// The paths of all that stays, wheels included.
    let paths: SettledPaths
    /// How many paths the records have that stay.
    let recordedPaths: Int
    /// The hashes of the records that stay.
    let records: [ByteString: UInt64]

    /// - Returns: nil if the environment has to be compared with the pack in full.
    init?(
        _ environment: SettledEnvironment, _ records: [SettledEnvironment.Record], _ hashes: RecordHashes,
        _ sources: [PackageSource]
    ) throws {
        var byName: [CondaName: SettledEnvironment.Record] = [:]
        for record in records where byName.updateValue(record, forKey: record.head.name.lowercased) != nil {
            return nil
        }
        var (kept, pending): ([RecordHead], [PackageSource]) = ([], [])
        var paths = SettledPaths()
        var stale: [PrefixPath] = []
        for source in sources {
            guard let record = byName.removeValue(forKey: source.record.name) else {
                pending.append(source)
                continue
            }
            if record.head.isSame(as: source.record) {
                guard try record.head.record == PrefixRecord.path(of: source),
                    try record.head.tells(source.record, source.origin)
                else { return nil }
                kept.append(record.head)
                paths.add(record.paths)
            } else {
                pending.append(source)
                stale.append(record.head.record)
            }
        }
        stale += byName.values.map(\.head.record)
        recordedPaths = paths.count
        for wheel in environment.state.wheels {
            guard let wheel = try InstalledWheel(noted: wheel, in: environment.path) else { return nil }
            var part = SettledPaths.Part()
            for file in wheel.files { part.add(file) }
            paths.add(part)
        }
        if paths.isCrowded { return nil }
        self.stale = try stale.sorted().map { path in
            let text = try File.open(environment.path.appending(path: path.bytes)).slice().readAll()
            return try InstalledPackage(json: JSONDocument(text).root, record: path)
        }
        (self.environment, self.kept, self.pending, self.paths) = (environment, kept, pending, paths)
        self.records = hashes.without(stale)
    }

    /// The files and links of the packages that are removed or replaced.
    var disturbed: Set<PrefixPath> { Set(stale.flatMap(\.files)) }

    /// By the names of the packages.
    var changes: [EnvironmentChanges.Change] {
        var old = Dictionary(stale.map { ($0.name.lowercased, $0.head) }, uniquingKeysWith: { first, _ in first })
        var changes = pending.map { source in
            (
                source.record.name,
                EnvironmentChanges.Change(from: old.removeValue(forKey: source.record.name), to: source.record)
            )
        }
        changes += old.map { ($0.key, EnvironmentChanges.Change(removing: $0.value)) }
        return changes.sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// The state to be noted when it is done.
    func state(_ plan: InstallPlan) -> EnvironmentState {
        EnvironmentState(
            prefix: plan.prefix.path, interpreter: plan.python?.executable, wheels: environment.state.wheels)
    }

    /// Whether what is installed and removed has nothing to do with what stays: no path is a file or link of both,
    /// and none is a file of the one and a folder of the other.
    func isApart(from plan: InstallPlan) -> Bool {
        func isFree(_ path: PrefixPath) -> Bool { !paths.hasFile(path) && !paths.hasFolder(path) }
        for package in plan.packages {
            for index in package.paths.indices {
                // What is below a folder may be of several packages.
                let path = package.paths.target(index)
                guard package.paths.paths.kind(index) == .directory ? !paths.hasFile(path) : isFree(path) else {
                    return false
                }
            }
            if !package.entryPoints.allSatisfy({ isFree($0.target) }) { return false }
        }
        return !plan.directories.contains(where: paths.hasFile) && !disturbed.contains(where: paths.hasFile)
    }
}
