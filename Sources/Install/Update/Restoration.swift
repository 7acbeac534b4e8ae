import CondaModel
import Support

/// Finds files of packages that stay but are not as the packages have them: a wheel or an entry point that had replaced
/// them is removed, they contain another place, or they were damaged.
struct Restoration {
    /// Paths of packages that are removed or replaced.
    private let disturbed: Set<PrefixPath>
    private let damaged: DamagedFiles
    private let isMoved: Bool
    private let plan: InstallPlan
    /// Where the environment is.
    private let root: ByteString?
    /// Scripts that several packages want to make.
    private let contested: Set<PrefixPath>

    init(
        disturbed: Set<PrefixPath>, damaged: DamagedFiles, isMoved: Bool, python: PythonChange, plan: InstallPlan,
        root: ByteString?
    ) {
        self.disturbed = disturbed
        self.damaged = damaged
        self.isMoved = isMoved
        self.plan = plan
        self.root = root
        contested = Set(plan.packages.flatMap { $0.entryPoints.filter(\.isOverridden).map(\.target) })
    }

    /// The package with only those files that are written again; nil if there are none.
    func part(of package: PackagePlan, installedAs old: InstalledPackage) throws -> PackagePlan? {
        // A package without an archive has no other record either.
        let isToldOtherwise =
            try package.source.kept == nil && !old.head.tells(package.source.record, package.source.origin)
        if !isToldOtherwise && disturbed.isEmpty && !isMoved && damaged.isEmpty && contested.isEmpty { return nil }
        let broken = damaged[old.record]
        var wanted: Set<PrefixPath> = []
        var namesPlace = false
        for path in package.paths where path.path.kind != .directory {
            let isAdapted = isMoved && path.path.placeholder != nil
            namesPlace = namesPlace || isAdapted
            if path.isOverridden { continue }
            if isAdapted || disturbed.contains(path.target) || broken.contains(path.target) {
                wanted.insert(path.target)
            }
        }
        for entryPoint in package.entryPoints {
            namesPlace = namesPlace || isMoved
            if entryPoint.isOverridden { continue }
            let target = entryPoint.target
            if isMoved || disturbed.contains(target) || broken.contains(target)
                || contested.contains(target) && !isThere(entryPoint)
            {
                wanted.insert(target)
            }
        }
        return wanted.isEmpty && !namesPlace && !isToldOtherwise ? nil : package.limited(to: wanted)
    }

    /// The same for a wheel.
    func part(of wheel: WheelPlan, installedAs old: InstalledWheel) -> WheelPlan? {
        if disturbed.isEmpty && !isMoved && damaged.isEmpty { return nil }
        let broken = damaged[old.record]
        var wanted: Set<PrefixPath> = []
        for file in wheel.files where !file.isReplaced {
            let target = PrefixPath(file.target)
            let isAdapted = isMoved && file.namesPlace
            if isAdapted || disturbed.contains(target) || broken.contains(target) { wanted.insert(target) }
        }
        return wanted.isEmpty ? nil : wheel.limited(to: wanted)
    }

    /// Whether a file of a wheel that the pack does not bring would have to be written again.
    func concerns(_ wheel: InstalledWheel) -> Bool {
        let broken = damaged[wheel.record]
        return wheel.files.contains { file in
            disturbed.contains(file) || broken.contains(file) || isMoved && file.parent == plan.python?.scripts
        }
    }

    /// Several packages may want to make this script; the file tells which of them did.
    private func isThere(_ entryPoint: PlannedEntryPoint) -> Bool {
        guard let root, let python = plan.python,
            let text = try? OwnFile.read(root.appending(path: entryPoint.target.bytes), limit: 1 << 20)
        else { return false }
        let executable = plan.prefix.path.appending(path: python.executable.bytes)
        return text == EntryPointScript.conda(entryPoint.entryPoint, executable: executable)
    }
}

extension PackagePlan {
    /// The line for the list of changes when only some files are written.
    var restored: EnvironmentChanges.Change {
        let count =
            paths.count { !$0.isOverridden && $0.path.kind != .directory } + entryPoints.count { !$0.isOverridden }
        return .restored(
            name: source.record.name.text, version: "\(source.record.version) \(source.record.build)", files: count)
    }
}

extension WheelPlan {
    /// The line for the list of changes when only some files are written; RECORD is not counted.
    var restored: EnvironmentChanges.Change {
        .restored(
            name: name.name.text, version: "\(name.version) wheel", files: max(1, files.count { !$0.isReplaced } - 1))
    }
}

extension WheelPlan.File {
    /// Whether its content may contain the place of the environment.
    fileprivate var namesPlace: Bool {
        switch content {
        case .script: true
        case .bytes: isExecutable
        case .member, .record: false
        }
    }
}
