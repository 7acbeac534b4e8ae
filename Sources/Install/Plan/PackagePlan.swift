import CondaModel
import Support

/// The plan for one package: every path with its target, decided before anything is written.
final class PackagePlan: Sendable {
    let source: PackageSource
    let metadata: PackageMetadata
    /// In the order of the package's metadata.
    let paths: PlannedPaths
    let entryPoints: [PlannedEntryPoint]
    /// Whether it is known that no path of the archive is listed twice.
    let hasNoTwins: Bool

    init(
        source: PackageSource, metadata: PackageMetadata, paths: PlannedPaths, entryPoints: [PlannedEntryPoint],
        hasNoTwins: Bool = false
    ) {
        self.hasNoTwins = hasNoTwins
        self.source = source
        self.metadata = metadata
        self.paths = paths
        self.entryPoints = entryPoints
    }

    /// The same plan with only some of the files to write. The package's record is always written.
    func limited(to wanted: Set<PrefixPath>) -> PackagePlan {
        var paths = paths
        for index in paths.indices where paths.paths.kind(index) != .directory {
            if !wanted.contains(paths.target(index)) { paths.override(index) }
        }
        return PackagePlan(
            source: source, metadata: metadata, paths: paths,
            entryPoints: entryPoints.map { entryPoint in
                var entryPoint = entryPoint
                if !wanted.contains(entryPoint.target) { entryPoint.isOverridden = true }
                return entryPoint
            }, hasNoTwins: hasNoTwins)
    }
}

/// A path of a package and where it goes.
struct PlannedPath: Sendable {
    let path: PackagePath
    /// Where the path goes: its own place, or one in `__clobbers__` if another package won.
    let target: PrefixPath
    /// Its own place, if another package won that.
    let lost: PrefixPath?
    /// Whether an entry point or a wheel puts its own file there. The path is then recorded but not written
    /// (docs/spec/install.md#entry-points, docs/spec/install.md#placing).
    let isOverridden: Bool
}

/// A script that is made for an entry point.
struct PlannedEntryPoint: Sendable {
    let entryPoint: EntryPoint
    let target: PrefixPath
    /// Whether another package's script or a wheel has its place. It is then recorded but not written.
    var isOverridden: Bool
}
