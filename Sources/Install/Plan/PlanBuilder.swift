import CondaModel
import Support

/// Decides where every path goes; does the work of `InstallPlan.init`.
struct PlanBuilder {
    let sources: [PackageSource]
    let metadata: [PackageMetadata]
    let python: PythonInfo?
    let prefix: ByteString
    let platform: Platform
    /// Folders of packages for any Python, and where what is in them goes.
    private let mappedFolders: [(folder: ByteString, place: PrefixPath)]
    /// Paths whose file comes from elsewhere: from wheels, entry points, or the installation itself.
    var overriding: Set<PrefixPath>

    /// Links that are known to lead to folders other packages have files in.
    var links = DirectoryLinks()
    /// Links that are in the way of other packages, and of which it is not known where they lead.
    private(set) var unknownLinks: Set<DirectoryLinks.Link> = []
    private var softLinks: [PrefixPath: DirectoryLinks.Link] = [:]
    /// Where files are that were below a link.
    private var moved: Set<PrefixPath> = []

    /// Whether to go on after a problem, so that all problems are found.
    var collectsProblems = false
    private(set) var problems: [Failure] = []
    private(set) var plans: [PackagePlan?] = []
    /// Names of the packages, dependencies before dependents.
    private(set) var order: [CondaName] = []
    private(set) var claims = PathClaims()
    private(set) var shipsCacheTag = false
    /// For each lost path, the packages that lost it in order of precedence.
    private var losers: [PrefixPath: [Int]] = [:]

    private static let clobbers = ByteString("__clobbers__")
    static let cacheTag = ByteString("CACHEDIR.TAG")
    static let metadataFolder = ByteString("conda-meta")
    static let history = ByteString("conda-meta/history")

    init(
        sources: [PackageSource], metadata: [PackageMetadata], python: PythonInfo?, prefix: ByteString,
        platform: Platform, overriding: Set<PrefixPath>
    ) {
        self.sources = sources
        self.metadata = metadata
        self.python = python
        mappedFolders = python?.mappedFolders ?? []
        self.prefix = prefix
        self.platform = platform
        self.overriding = overriding
    }

    mutating func build() throws {
        plans = Array(repeating: nil, count: sources.count)
        claims.reserveCapacity(metadata.reduce(0) { $0 + $1.paths.count })
        try claims.reserveDirectory(PrefixPath(Self.metadataFolder))
        overriding.insert(try PrefixPath(Self.history))
        // Packages claim in order of precedence.
        let places = Dictionary(
            zip(sources.map(\.record.name), sources.indices), uniquingKeysWith: { first, _ in first })
        order = try DependencyOrder(sources.map(\.record)).order()
        let precedence = order.reversed().compactMap { places[$0] }
        var entryPoints: [Int: [PlannedEntryPoint]] = [:]
        for package in precedence {
            do { entryPoints[package] = try planEntryPoints(package) } catch { try note(error) }
        }
        for package in precedence {
            let source = sources[package]
            do {
                plans[package] = try describing(
                    "could not plan package '\(source.fileName)'", remedy: InstallPlan.packageRemedy
                ) {
                    let before = claims.exceptions
                    let paths = try planPaths(package)
                    return PackagePlan(
                        source: source, metadata: metadata[package], paths: paths,
                        entryPoints: entryPoints[package] ?? [],
                        hasNoTwins: claims.exceptions == before && links.isEmpty
                            && paths.paths.areSpeltPlainly)
                }
            } catch {
                try note(error)
            }
        }
        for path in collectsProblems ? overriding.sorted() : Array(overriding) {
            do { try makeRoom(for: path) } catch { try note(error) }
        }
    }

    private mutating func note(_ error: any Error) throws {
        guard collectsProblems else { throw error }
        problems.append(error as? Failure ?? Failure("\(error)"))
    }

    /// The paths that several packages have, for messages.
    func conflicts() -> [InstallPlan.Conflict] {
        losers.keys.sorted().map { path in
            let winner = claims.owner(of: path).map { sources[$0].record.name.text } ?? "a directory"
            return .init(path: path, winner: winner, losers: (losers[path] ?? []).map { sources[$0].record.name.text })
        }
    }

    // MARK: Entry points

    private mutating func planEntryPoints(_ package: Int) throws -> [PlannedEntryPoint] {
        let (source, metadata) = (sources[package], metadata[package])
        guard metadata.noarch == .python else { return [] }
        guard let python else {
            throw Failure(
                "package '\(source.fileName)' is for any Python, but the pack has no package 'python'",
                remedy: "Add python to the workspace, lock and pack again.")
        }
        return try metadata.entryPoints.map { entryPoint in
            let target = python.scripts.appending(try RelativePath(entryPoint.command))
            try describing("could not plan package '\(source.fileName)'") {
                try ReservedPaths.refuse(target.relative, from: .package)
            }
            let isFirst = overriding.insert(target).inserted
            return PlannedEntryPoint(entryPoint: entryPoint, target: target, isOverridden: !isFirst)
        }
    }

    private mutating func makeRoom(for path: PrefixPath) throws {
        if let owner = claims.fileAbove(path) {
            throw Failure(
                "'\(path)' cannot be installed: package '\(sources[owner].record.name)' has a file in place of its folder"
            )
        }
        if claims.directories.contains(path) {
            throw Failure("'\(path)' cannot be installed: a package has a folder in its place")
        }
        try claims.addParents(of: path)
    }

    // MARK: Paths

    private mutating func planPaths(_ package: Int) throws -> PlannedPaths {
        let metadata = metadata[package]
        var planned = PlannedPaths(metadata.paths, folders: metadata.noarch == .python ? mappedFolders : [])
        var lastPlaceholder: PackagePath.Placeholder?
        for (index, path) in metadata.paths.enumerated() {
            try Interruption.check()
            if let placeholder = path.placeholder, placeholder != lastPlaceholder {
                lastPlaceholder = placeholder
                try check(placeholder, of: path)
            }
            let (target, lost, isOverridden) = try plan(path, planned.usualTarget(index), of: package)
            planned.set(index, target: target, lost: lost)
            if isOverridden { planned.override(index) }
        }
        return planned
    }

    /// Checks that the prefix fits into binary files, before anything is written.
    private func check(_ placeholder: PackagePath.Placeholder, of path: PackagePath) throws {
        guard placeholder.mode == .binary, !platform.isWindows else { return }
        try describing("'\(path.source)' cannot be adapted to the environment") {
            try BinaryPatcher.requireRoom(placeholder: placeholder.text, prefix: prefix)
        }
    }

    private mutating func plan(
        _ path: PackagePath, _ usualTarget: PrefixPath, of package: Int
    ) throws -> (target: PrefixPath, lost: PrefixPath?, isOverridden: Bool) {
        var target = usualTarget
        if !links.isEmpty { target = try followed(target, path, package) }
        try refuseReserved(target)
        if path.kind == .softlink, softLinks[target] == nil {
            softLinks[target] = .init(path: target, package: package, source: path.source)
        }
        switch try claims.claim(target, isDirectory: path.kind == .directory, by: package) {
        case .granted:
            return (target, nil, overriding.contains(target))
        case .contradictory: throw Failure("it has both a file '\(target)' and something below it")
        case .lost:
            noteLink(inTheWayOf: target, package)
            losers[target, default: []].append(package)
            let place = try PrefixPath(
                Self.clobbers.appending(path: ByteString(metadata[package].name.text)).appending(path: target.bytes))
            guard try claims.claim(place, isDirectory: path.kind == .directory, by: package) == .granted else {
                throw Failure("there is no place for its '\(target)', which another package has too")
            }
            return (place, target, false)
        }
    }

    /// The path with links of other packages followed.
    ///
    /// - Throws: `Failure` if the package has another file there: then no links are followed at all.
    private mutating func followed(_ own: PrefixPath, _ path: PackagePath, _ package: Int) throws -> PrefixPath {
        let target = links.resolved(own, isDirectory: path.kind == .directory, of: package)
        if path.kind == .directory { return target }
        let isMoved = target != own
        if isMoved || moved.contains(target), claims.owner(of: target) == package {
            throw Failure("it has both a file '\(target)' and something below it")
        }
        if isMoved { moved.insert(target) }
        return target
    }

    /// A link of another package above the path, or the package's own where others have a folder.
    private mutating func noteLink(inTheWayOf path: PrefixPath, _ package: Int) {
        var place: PrefixPath? = path
        while let folder = place {
            if let link = softLinks[folder] {
                let isInTheWay = folder == path ? claims.directories.contains(path) : link.package != package
                if isInTheWay, !links.knows(folder) { unknownLinks.insert(link) }
                return
            }
            place = folder.parent
        }
    }

    private mutating func refuseReserved(_ path: PrefixPath) throws {
        if path.bytes == Self.cacheTag { shipsCacheTag = true }
        try ReservedPaths.refuse(path.relative, from: .package)
    }
}
