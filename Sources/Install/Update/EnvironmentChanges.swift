import CondaModel
import Support

/// What an installation changes in an environment: which packages are added, removed or replaced, and which stay.
public final class EnvironmentChanges: Sendable {
    /// One line of the list of changes.
    public enum Change: Sendable, Equatable {
        case added(name: String, version: String, build: String)
        case removed(name: String, version: String, build: String)
        case replaced(name: String, old: String, new: String)
        /// It stays, but some of its files are written again.
        case restored(name: String, version: String, files: Int)
    }

    /// Sorted by name, wheels behind conda packages.
    public let changes: [Change]
    /// How many packages and wheels stay as they are.
    public let untouched: Int
    /// The size of the files to be written in bytes, as far as packages say it.
    public let bytes: Int64

    /// Whether there is an environment already.
    let isUpdate: Bool
    /// The state that was noted in the environment, if it can be trusted.
    let oldState: EnvironmentState?
    /// Whether the environment is at another place than the one it was made for, as far as that is known.
    public let isMoved: Bool
    /// Which of the plan's packages are installed.
    let packages: [PackagePlan]
    /// Which of the wheels are installed.
    let wheels: [WheelPlan]
    /// Packages that stay, with only those files that are written again: because the files that had replaced them are
    /// removed, because they contain another place, or because they are damaged.
    let restoredPackages: [PackagePlan]
    /// The same for wheels.
    let restoredWheels: [WheelPlan]
    /// Packages that stay with the records they have.
    let keptRecords: [RecordHead]
    /// Whether packages that stay have shortcuts.
    let hasShortcuts: Bool
    /// Records of packages that the new environment does not have.
    let staleRecords: [PrefixPath]
    /// Paths of packages that are removed or replaced and at which the new environment has no file; sorted. Some may be
    /// folders of it.
    let staleFiles: [PrefixPath]
    /// Paths of packages that are removed or replaced, and those that an interrupted update may have left in either
    /// state.
    let disturbed: Set<PrefixPath>
    /// The paths of all wheels of the new environment.
    let wheelTargets: Set<PrefixPath>
    /// Nil if it is known without a plan that nothing changes.
    private let plan: InstallPlan?
    /// All folders of the new environment.
    let folders: Set<PrefixPath>
    /// What stays without being in `plan`, `wheelTargets` and `folders`; nil if nothing does.
    private let settled: SettledDifference?
    /// The state to be noted in the new environment.
    let state: EnvironmentState

    /// The names of packages that are installed and bring a script to be run afterwards (`post-link`), sorted.
    public var postLinkPackages: [String] {
        let files = files(endingIn: "-post-link.sh")
        return packages.compactMap { package -> CondaName? in
            let name = package.source.record.name
            guard let path = try? PrefixPath(ByteString("bin/.\(name)-post-link.sh")), files.contains(path) else {
                return nil
            }
            return name
        }.sorted().map(\.text)
    }

    /// All files and links of the new environment.
    var files: Set<PrefixPath> { files(endingIn: "") }

    /// Those among them whose names end in `suffix`.
    func files(endingIn suffix: ByteString) -> Set<PrefixPath> {
        (plan?.files(endingIn: suffix) ?? []).union(wheelTargets.filter { $0.bytes.hasSuffix(suffix) })
    }

    /// Whether the new environment has a folder.
    func hasFolder(_ path: PrefixPath) -> Bool {
        folders.contains(path) || settled.map { $0.paths.hasFolder(path) || $0.paths.hasFile(path) } ?? false
    }

    /// Which pieces of byte code are files of the new environment.
    func shipped(_ files: Set<PrefixPath>) -> Set<PrefixPath> {
        let own = self.files(endingIn: ".pyc")
        return files.filter { own.contains($0) || settled?.paths.hasFile($0) ?? false }
    }

    /// How many paths the conda packages have.
    var countOfPaths: Int {
        (plan?.packages ?? []).reduce(settled?.recordedPaths ?? 0) { $0 + $1.paths.count + $1.entryPoints.count }
    }

    /// The hashes of records that stay, as far as they are known.
    var knownRecords: [ByteString: UInt64] { settled?.records ?? [:] }

    /// - Parameters:
    ///   - installed: the environment that is there; nil if it is new.
    ///   - kept: what the environment has and the pack therefore does not bring.
    ///   - damaged: files that differ from their records, by record.
    /// - Throws: `Failure`, also if something that the pack does not bring would have to be installed again.
    public init(
        _ plan: InstallPlan, wheels: [WheelPlan], installed: InstalledEnvironment?,
        kept keptPackages: KeptPackages = .none, damaged: DamagedFiles = .none
    ) throws {
        isUpdate = installed != nil
        oldState = installed?.state
        isMoved = try installed.map { try EnvironmentPlace($0).isMoved(to: plan.prefix.path) } ?? false
        let python = PythonChange(from: installed, to: plan.python)
        let conda = try CondaChanges(plan, installed, python)
        let oldWheels = try installed.map { try InstalledWheel.all(in: $0, python: plan.python) } ?? []
        let pending = wheels.filter { wheel in !oldWheels.contains { wheel.isInstalled(as: $0) } }
        let keptWheels = wheels.compactMap { wheel in
            oldWheels.first { wheel.isInstalled(as: $0) }.map { (plan: wheel, old: $0) }
        }
        let keptRecords = Set(keptPackages.wheels.map(\.record))
        let staleWheels = oldWheels.filter { old in
            !keptRecords.contains(old.record) && !keptWheels.contains { $0.old.record == old.record }
        }
        let disturbed = (installed?.unfinished ?? []).union(
            conda.stale.flatMap(\.files) + staleWheels.flatMap(\.files))
        let restoration = Restoration(
            disturbed: disturbed, damaged: damaged, isMoved: isMoved, python: python, plan: plan,
            root: installed?.path)
        restoredPackages = try conda.kept.compactMap { try restoration.part(of: $0.plan, installedAs: $0.old) }
        restoredWheels = keptWheels.compactMap { restoration.part(of: $0.plan, installedAs: $0.old) }
        try EnvironmentChanges.refuseToInstall(
            conda.pending.filter { $0.source.kept != nil }.map(\.source.fileName)
                + restoredPackages.filter { $0.source.kept != nil }.map(\.source.fileName)
                + keptPackages.wheels.filter { restoration.concerns($0) }.compactMap { $0.fileName?.lossyString })

        let rewritten = Set(restoredPackages.map(\.source.identity))
        let staying = conda.kept.filter { !rewritten.contains($0.plan.source.identity) }.map(\.old)
        self.keptRecords = staying.map(\.head)
        hasShortcuts = staying.contains { !$0.shortcuts.isEmpty }
        settled = nil
        packages = conda.pending
        self.wheels = pending
        untouched =
            plan.packages.count - packages.count - restoredPackages.count + keptWheels.count - restoredWheels.count
            + keptPackages.wheels.count
        changes =
            (conda.changes + restoredPackages.map { ($0.source.record.name, $0.restored) })
            .sorted { $0.0 < $1.0 }.map(\.1)
            + Self.wheelChanges(pending, staleWheels) + restoredWheels.map(\.restored)
        bytes =
            (packages + restoredPackages).reduce(0) { $0 &+ $1.sizeOfFiles }
            &+ (pending + restoredWheels).reduce(0) { $0 &+ $1.size }
        wheelTargets = Set(wheels.flatMap(\.targets).map { PrefixPath($0) }).union(keptPackages.wheelTargets)
        self.disturbed = disturbed
        self.plan = plan
        let emptyFolders = keptPackages.wheels.flatMap { $0.noted?.emptyFolders ?? [] }
        folders = EnvironmentChanges.withParents(
            Set(plan.directories + wheels.flatMap(\.directories).map { PrefixPath($0) } + emptyFolders))
        staleRecords =
            (conda.stale.map(\.record) + (installed?.damagedRecords ?? []))
            .filter { !plan.records.contains($0) }.sorted()
        staleFiles = disturbed.isEmpty ? [] : disturbed.subtracting(plan.files.union(wheelTargets)).sorted()
        var state = EnvironmentState(prefix: plan.prefix.path, interpreter: plan.python?.executable)
        state.isNamed = plan.prefix.isNamed
        state.wheels = (wheels.compactMap(\.noted) + keptPackages.wheels.compactMap(\.noted)).sorted {
            $0.place < $1.place
        }
        self.state = state
    }

    /// Changes of an environment that is as our note says.
    ///
    /// - Parameter plan: that of the packages that are installed.
    /// - Returns: nil if these have to do with what stays (`SettledDifference.isApart`).
    public init?(_ plan: InstallPlan, in difference: SettledDifference) {
        guard difference.isApart(from: plan) else { return nil }
        let state = difference.environment.state
        let disturbed = difference.disturbed
        (isUpdate, isMoved, oldState, self.state) = (true, false, state, difference.state(plan))
        packages = plan.packages
        (wheels, restoredPackages, restoredWheels) = ([], [], [])
        untouched = difference.kept.count + state.wheels.count
        changes = difference.changes
        bytes = plan.packages.reduce(0) { $0 &+ $1.sizeOfFiles }
        (keptRecords, hasShortcuts) = (difference.kept, false)
        (wheelTargets, folders) = ([], Set(plan.directories))
        staleRecords = difference.stale.map(\.record).filter { !plan.records.contains($0) }
        staleFiles = disturbed.isEmpty ? [] : disturbed.subtracting(plan.files).sorted()
        (self.disturbed, self.plan, settled) = (disturbed, plan, difference)
    }

    /// No changes, known without a plan: the files and folders of the environment are not listed.
    init(noneIn state: EnvironmentState, untouched: Int) {
        (isUpdate, isMoved, oldState, self.state, self.untouched) = (true, false, state, state, untouched)
        (changes, bytes, packages, wheels, restoredPackages, restoredWheels) = ([], 0, [], [], [], [])
        (keptRecords, staleRecords, staleFiles, disturbed) = ([], [], [], [])
        (wheelTargets, folders, plan, settled, hasShortcuts) = ([], [], nil, nil, false)
    }

    /// Whether the environment is already as planned.
    var isEmpty: Bool {
        changes.isEmpty && packages.isEmpty && wheels.isEmpty && restoredPackages.isEmpty && restoredWheels.isEmpty
            && staleFiles.isEmpty && staleRecords.isEmpty
    }

    /// The files and links that are written.
    var written: Set<PrefixPath> {
        var paths: Set<PrefixPath> = []
        for package in packages + restoredPackages {
            for path in package.paths where !path.isOverridden && path.path.kind != .directory {
                paths.insert(path.target)
            }
            for entryPoint in package.entryPoints where !entryPoint.isOverridden { paths.insert(entryPoint.target) }
        }
        for wheel in wheels + restoredWheels { paths.formUnion(wheel.targets.map { PrefixPath($0) }) }
        return paths
    }

    private static func withParents(_ folders: Set<PrefixPath>) -> Set<PrefixPath> {
        var all = folders
        for folder in folders {
            var parent = folder.parent
            while let path = parent, all.insert(path).inserted { parent = path.parent }
        }
        return all
    }

    /// Refuses an update that would have to install packages again which the pack does not bring, because one of their
    /// paths goes to another package or comes from one.
    private static func refuseToInstall(_ names: [String]) throws {
        if names.isEmpty { return }
        throw Failure(
            "these packages would have to be installed again, and the delta pack does not have them: "
                + names.listed(),
            remedy: "Name the base of the pack with --base FILE.")
    }

    private static func wheelChanges(_ pending: [WheelPlan], _ stale: [InstalledWheel]) -> [Change] {
        var old = Dictionary(stale.map { ($0.name, $0.version) }, uniquingKeysWith: { first, _ in first })
        var changes: [Change] = pending.map { wheel in
            let (name, version) = (wheel.name.name.text, "\(wheel.name.version)")
            if let before = old.removeValue(forKey: wheel.name.name) {
                return .replaced(name: name, old: "\(before) wheel", new: "\(version) wheel")
            }
            return .added(name: name, version: version, build: "wheel")
        }
        for name in old.keys.sorted() {
            changes.append(.removed(name: name.text, version: old[name] ?? "", build: "wheel"))
        }
        return changes
    }
}

extension EnvironmentChanges.Change: CustomStringConvertible {
    /// `+ name version build`, `- name version build`, `~ name old → new`, `~ name version: 2 files rewritten`
    public var description: String {
        switch self {
        case .added(let name, let version, let build): "+ \(name) \(version) \(build)"
        case .removed(let name, let version, let build): "- \(name) \(version) \(build)"
        case .replaced(let name, let old, let new): "~ \(name) \(old) → \(new)"
        case .restored(let name, let version, 0): "~ \(name) \(version): record rewritten"
        case .restored(let name, let version, 1): "~ \(name) \(version): 1 file rewritten"
        case .restored(let name, let version, let files): "~ \(name) \(version): \(files) files rewritten"
        }
    }
}

extension PackagePlan {
    /// Whether an installed package is this one, with every path at its planned place.
    func isInstalled(as old: InstalledPackage) -> Bool {
        guard old.head.isSame(as: source.record), (try? PrefixRecord.path(of: source)) == old.record else {
            return false
        }
        // Mostly the record has them all, in the order of records.
        if entryPoints.isEmpty, old.files.count == paths.count {
            let targets = paths.indices.map { PrefixRecord.written(paths.target($0)) }
            let isSorted = zip(targets, targets.dropFirst()).allSatisfy { RelativePath.isOrdered($0, before: $1) }
            let inOrder = isSorted ? targets : targets.sorted { RelativePath.isOrdered($0, before: $1) }
            if inOrder.elementsEqual(old.files.lazy.map(\.bytes)) { return true }
        }
        // Links that lead nowhere may be missing in a record.
        let optional = Set(paths.filter { $0.path.kind == .softlink }.map { PrefixRecord.written($0.target) })
        let planned = Set(paths.map { PrefixRecord.written($0.target) }).union(entryPoints.map(\.target.bytes))
        let there = Set(old.files.map(\.bytes))
        return there.isSubset(of: planned) && planned.subtracting(there).isSubset(of: optional)
    }

    /// The size in bytes of the files that are written, by the package's metadata.
    var sizeOfFiles: Int64 {
        paths.indices.reduce(0) { sum, index in
            paths.paths.kind(index) == .hardlink && !paths.isOverridden(index)
                ? sum &+ Int64(clamping: paths.paths.size(index) ?? 0) : sum
        }
    }
}

extension InstallPlan {
    /// Every path that the conda packages have in the environment.
    var allTargets: Set<PrefixPath> {
        var targets: Set<PrefixPath> = []
        for package in packages {
            targets.formUnion(package.paths.lazy.map(\.target))
            targets.formUnion(package.entryPoints.lazy.map(\.target))
        }
        return targets
    }

    /// The files and links of the conda packages and of the installation itself.
    var files: Set<PrefixPath> { files(endingIn: "") }

    /// Those among them whose names end in `suffix`.
    func files(endingIn suffix: ByteString) -> Set<PrefixPath> {
        var files: Set<PrefixPath> = []
        for package in packages {
            files.formUnion(package.paths.files(endingIn: suffix))
            files.formUnion(package.entryPoints.map(\.target).filter { $0.bytes.hasSuffix(suffix) })
        }
        files.formUnion(Installer.ownFiles.map { PrefixPath($0) }.filter { $0.bytes.hasSuffix(suffix) })
        return files
    }

    /// The records of the packages.
    var records: Set<PrefixPath> { Set(packages.compactMap { try? PrefixRecord.path(of: $0.source) }) }
}

extension EnvironmentChanges.Change {
    /// Writes the members of an object.
    public func writeMembers(to writer: inout JSONWriter) {
        switch self {
        case .added(let name, let version, let build), .removed(let name, let version, let build):
            var isAdded = false
            if case .added = self { isAdded = true }
            writer.member("change", isAdded ? "added" : "removed")
            writer.member("name", name)
            writer.member("version", version)
            if !build.isEmpty { writer.member("build", build) }
        case .replaced(let name, let old, let new):
            writer.member("change", "replaced")
            writer.member("name", name)
            writer.member("old", old)
            writer.member("new", new)
        case .restored(let name, let version, let files):
            writer.member("change", "restored")
            writer.member("name", name)
            writer.member("version", version)
            writer.member("files", Optional(files))
        }
    }
}
