import Archive
import CondaModel
import Support

/// The whole installation of conda packages, decided and checked before the first byte is written: which path of which
/// package goes where, and which package wins if several have the same path.
///
///     let prefix = FinalPrefix(at: "/opt/env")
///     let plan = try InstallPlan(packages: sources, prefix: prefix, platform: .linux64, pool: pool)
///     for conflict in plan.conflicts { reporter.warn("\(conflict.path) is from \(conflict.winner)") }
public final class InstallPlan: Sendable {
    /// Where the environment will be used, as it is written into files and scripts.
    public let prefix: FinalPrefix
    /// The platform of the environment.
    public let platform: Platform
    /// The environment's Python, if it has one.
    public let python: PythonInfo?
    /// The paths that more than one package has, sorted.
    public let conflicts: [Conflict]
    /// In the order of work: the largest archive first.
    let packages: [PackagePlan]
    /// The names of the packages, dependencies before dependents.
    let precedence: [CondaName]
    /// Every directory of the result, parents first.
    let directories: [PrefixPath]
    /// Whether a package has a file `CACHEDIR.TAG`.
    let shipsCacheTag: Bool
    /// Whether nothing is special: no package decides about where the paths of another one go.
    let isPlain: Bool

    /// What the pack's index says of all packages of the environment, in no order. `packages` may be only those of
    /// them that differ from what is installed.
    public let packageRecords: [PackageRecord]

    /// When the newest of the packages was built, in seconds since 1970; nil if none says it.
    public var newestTime: Int64? { packages.compactMap(\.source.record.buildTime).max() }

    /// Whether binary files contain the prefix.
    public var adaptsBinaries: Bool {
        packages.contains { $0.paths.paths.placeholders.contains { $0.mode == .binary } }
    }

    /// A path that several packages have.
    public struct Conflict: Sendable, Equatable {
        /// The path that they have in common.
        public let path: PrefixPath
        /// The name of the package whose file is installed.
        public let winner: String
        /// The packages whose files go to `__clobbers__` instead.
        public let losers: [String]
    }

    /// Reads the metadata of every package and decides.
    ///
    /// - Parameters:
    ///   - prefix: where the environment will be used; must be UTF-8.
    ///   - overriding: paths at which wheels will put their own files.
    ///   - maximumSize: the most bytes to decode while reading; nil: what is usual for each package.
    ///   - pool: its workers read the packages.
    /// - Throws: `Failure` naming the package, for everything that is known to go wrong (unsafe paths, two packages of
    ///   the same name, a path too long for binary files, malformed metadata…).
    public init(
        packages sources: [PackageSource], prefix: FinalPrefix, platform: Platform,
        overriding: Set<PrefixPath> = [], maximumSize: Int64? = nil, pool: WorkerPool
    ) throws {
        try InstallPlan.refuseTwins(sources)
        let python = try PythonInfo.find(in: sources)
        let sources = InstallPlan.largestFirst(sources)
        let metadata = try InstallPlan.readMetadata(sources, maximumSize: maximumSize, pool: pool)
        self.prefix = prefix
        self.platform = platform
        self.python = python
        packageRecords = sources.map(\.record)
        let plain = try PlainPlan.make(
            Array(zip(sources, metadata)), python: python, for: .init(prefix: prefix.path, platform: platform),
            overriding: overriding, pool: pool)
        if let plain {
            precedence = try DependencyOrder(sources.map(\.record)).order()
            packages = plain.plans
            conflicts = []
            directories = plain.directories.sorted()
            shipsCacheTag = plain.shipsCacheTag
            isPlain = true
            return
        }
        func build(_ links: DirectoryLinks) throws -> PlanBuilder {
            var builder = PlanBuilder(
                sources: sources, metadata: metadata, python: python, prefix: prefix.path, platform: platform,
                overriding: overriding)
            builder.links = links
            try builder.build()
            return builder
        }
        var builder = try build(DirectoryLinks())
        var (links, round) = (DirectoryLinks(), 0)
        // Only an archive tells where a link leads: it is read if that matters.
        while !builder.unknownLinks.isEmpty, round < 8 {
            try links.add(builder.unknownLinks, of: sources, prefix: prefix.path, scratch: DecoderScratch())
            // If following the links puts two files of a package in each other's way, the conflicts stay as they are.
            guard let followed = try? build(links) else { break }
            builder = followed
            round += 1
        }
        precedence = builder.order
        packages = builder.plans.compactMap { $0 }
        conflicts = builder.conflicts()
        directories = builder.claims.directories.sorted()
        shipsCacheTag = builder.shipsCacheTag
        isPlain = false
    }

    /// The plan of the packages that an environment lacks, where all others stay as they are.
    ///
    /// - Parameter all: all packages of the environment.
    /// - Returns: nil if the packages are in each other's way, or something else is special about them.
    /// - Throws: as the plan of all packages.
    public init?(
        lacking sources: [PackageSource], of all: [PackageSource], prefix: FinalPrefix, platform: Platform,
        maximumSize: Int64? = nil, pool: WorkerPool
    ) throws {
        try InstallPlan.refuseTwins(all)
        let sources = InstallPlan.largestFirst(sources)
        let metadata = try InstallPlan.readMetadata(sources, maximumSize: maximumSize, pool: pool)
        self.prefix = prefix
        self.platform = platform
        python = try PythonInfo.find(in: all)
        packageRecords = all.map(\.record)
        let plain = try PlainPlan.make(
            Array(zip(sources, metadata)), python: python, for: .init(prefix: prefix.path, platform: platform),
            overriding: [], pool: pool)
        guard let plain else { return nil }
        precedence = try DependencyOrder(packageRecords).order()
        packages = plain.plans
        conflicts = []
        directories = plain.directories.sorted()
        shipsCacheTag = plain.shipsCacheTag
        isPlain = true
    }

    /// Sources of equal size are sorted by name.
    private static func largestFirst(_ sources: [PackageSource]) -> [PackageSource] {
        // Keys and indices are sorted instead of sources, which are large.
        let keys = sources.map { (size: $0.member.size, identity: ByteString($0.identity)) }
        let order = keys.indices.sorted {
            keys[$0].size != keys[$1].size ? keys[$0].size > keys[$1].size : keys[$0].identity < keys[$1].identity
        }
        return order.map { sources[$0] }
    }

    static func refuseTwins(_ sources: [PackageSource]) throws {
        var seen: [CondaName: Int] = Dictionary(minimumCapacity: sources.count)
        for (index, source) in sources.enumerated() {
            if let other = seen.updateValue(index, forKey: source.record.name) {
                throw Failure(
                    "the pack has two packages named '\(source.record.name)': "
                        + "'\(sources[other].fileName)' and '\(source.fileName)'",
                    remedy: .getPackAgain)
            }
        }
    }

    private static func readMetadata(
        _ sources: [PackageSource], maximumSize: Int64?, pool: WorkerPool
    ) throws -> [PackageMetadata] {
        let results = Locked<[PackageMetadata?]>(Array(repeating: nil, count: sources.count))
        let budget = DecodingBudget(total: maximumSize)
        let metadataBudget = MetadataBudget(packed: sources.reduce(0) { $0 &+ $1.member.size })
        let team = DecoderTeam()
        let scratches = (0..<pool.width).map { _ in DecoderScratch(budget: budget, team: team) }
        try pool.forEach(count: sources.count) { index, worker in
            let source = sources[index]
            let metadata: PackageMetadata
            do {
                metadata =
                    try source.kept ?? source.staged?.metadata
                    ?? describing("could not read package '\(source.fileName)'", remedy: packageRemedy) {
                        try PackageMetadata.read(source, scratch: scratches[worker], budget: metadataBudget)
                    }
            } catch {
                // If the archive was damaged on the way, that is the error to report, not what the damage looks like.
                try source.verify()
                throw error
            }
            results.withLock { $0[index] = metadata }
        }
        return results.withLock { $0.compactMap { $0 } }
    }
}

extension PythonInfo {
    /// The Python among the packages; nil if there is none.
    public static func find(in sources: [PackageSource]) throws -> PythonInfo? {
        try sources.python(\.record.name).map { try PythonInfo($0.record) }
    }
}

extension PackageRecord {
    /// When the package was built, in seconds since 1970; nil if the record does not say it.
    var buildTime: Int64? {
        // Old indexes have seconds, others milliseconds.
        timestamp.map { $0 > 253_402_300_799 ? $0 / 1000 : $0 }
    }
}
