import CondaModel
import Support

/// The plan of packages that are not in each other's way, which most are: hashes of their paths tell whether some are,
/// so no path has to be kept. If anything is special, mistakes included, there is no such plan, and `PlanBuilder` makes
/// one or reports the mistake.
struct PlainPlan {
    /// In the order of the sources.
    private(set) var plans: [PackagePlan] = []
    var directories: Set<PrefixPath> { ground.directories }
    var shipsCacheTag: Bool { ground.shipsCacheTag }

    private var ground = Ground()
    private var overriding: Set<PrefixPath>

    private typealias Special = PlainClaims.Special

    private init(overriding: Set<PrefixPath>) { self.overriding = overriding }

    /// - Parameters:
    ///   - overriding: paths whose file comes from elsewhere.
    ///   - pool: its workers look at the paths of the packages.
    /// - Returns: nil if something may be special.
    static func make(
        _ packages: [(source: PackageSource, metadata: PackageMetadata)], python: PythonInfo?, for target: Target,
        overriding: Set<PrefixPath>, pool: WorkerPool
    ) throws -> PlainPlan? {
        var plan = PlainPlan(overriding: overriding)
        do {
            try plan.build(packages, python, target, pool)
            return plan
        } catch is Special {
            return nil
        }
    }

    /// What an environment is for.
    struct Target: Sendable {
        /// The absolute path it will be used at.
        let prefix: ByteString
        let platform: Platform
    }

    private mutating func build(
        _ packages: [(source: PackageSource, metadata: PackageMetadata)], _ python: PythonInfo?, _ target: Target,
        _ pool: WorkerPool
    ) throws {
        guard let metadataFolder = try? PrefixPath(PlanBuilder.metadataFolder),
            let history = try? PrefixPath(PlanBuilder.history)
        else { throw Special() }
        try ground.addDirectory(metadataFolder)
        ground.makeRoom(packages.reduce(0) { $0 + $1.metadata.paths.count })
        overriding.insert(history)
        let entryPoints = try packages.map { try plan($0.metadata, python) }
        let overridingPaths = PlainClaims.OverridingPaths(overriding)
        let mappedFolders = python?.mappedFolders ?? []
        let found = Locked<(ground: Ground, paths: [PlannedPaths?])>(
            (ground, Array(repeating: nil, count: packages.count)))
        ground = Ground()
        try pool.forEach(count: packages.count) { index, _ in
            let metadata = packages[index].metadata
            let isPython = metadata.noarch == .python
            if isPython && python == nil { throw Special() }
            try PlainPlan.check(metadata.paths, target)
            let claims = try PlainClaims.make(
                PlannedPaths(metadata.paths, folders: isPython ? mappedFolders : []), overriding: overridingPaths)
            try found.withLock { found in
                try found.ground.add(claims)
                found.paths[index] = claims.paths
            }
        }
        let paths: [PlannedPaths?]
        (ground, paths) = found.withLock { found in
            defer { found = (Ground(), []) }
            return found
        }
        for path in overriding { try ground.add(overriding: path) }
        if ground.isCrowded || overridingPaths.isCrowded { throw Special() }
        plans = try packages.enumerated().map { index, package in
            guard let paths = paths[index] else { throw Special() }
            return PackagePlan(
                source: package.source, metadata: package.metadata, paths: paths, entryPoints: entryPoints[index],
                hasNoTwins: true)
        }
    }

    private mutating func plan(_ metadata: PackageMetadata, _ python: PythonInfo?) throws -> [PlannedEntryPoint] {
        guard metadata.noarch == .python, let python else { return [] }
        return try metadata.entryPoints.map { entryPoint in
            guard let command = try? RelativePath(entryPoint.command) else { throw Special() }
            let target = python.scripts.appending(command)
            guard (try? ReservedPaths.refuse(target.relative, from: .package)) != nil,
                overriding.insert(target).inserted
            else { throw Special() }
            return PlannedEntryPoint(entryPoint: entryPoint, target: target, isOverridden: false)
        }
    }

    /// Checks that the prefix fits into binary files.
    private static func check(_ paths: PackagePaths, _ target: Target) throws {
        guard paths.areSpeltPlainly else { throw Special() }
        for placeholder in paths.placeholders where placeholder.mode == .binary && !target.platform.isWindows {
            guard (try? BinaryPatcher.requireRoom(placeholder: placeholder.text, prefix: target.prefix)) != nil else {
                throw Special()
            }
        }
    }

    /// What is taken of the environment.
    private struct Ground: Sendable {
        private(set) var directories: Set<PrefixPath> = []
        private(set) var shipsCacheTag = false
        private var files = PathHashes()
        private var folders = PathHashes()
        private var budget = FolderBudget()

        /// Whether too many hashes collide for an answer.
        var isCrowded: Bool { files.isCrowded || folders.isCrowded }

        mutating func makeRoom(_ count: Int) { files.reset(capacity: count) }

        mutating func add(_ claims: PlainClaims) throws {
            for hash in claims.files where folders.contains(hash) || !files.insert(hash) { throw Special() }
            for folder in claims.folders { try addDirectory(folder) }
            shipsCacheTag = shipsCacheTag || claims.shipsCacheTag
        }

        mutating func addDirectory(_ path: PrefixPath) throws {
            var next: PrefixPath? = path
            while let directory = next, directories.insert(directory).inserted {
                let hash = PathHashes.hash(directory)
                guard (try? budget.spend(directory.relative)) != nil, !files.contains(hash) else { throw Special() }
                _ = folders.insert(hash)
                next = directory.parent
            }
        }

        /// A path whose file comes from elsewhere.
        mutating func add(overriding path: PrefixPath) throws {
            if directories.contains(path) { throw Special() }
            if let parent = path.parent { try addDirectory(parent) }
        }
    }
}
