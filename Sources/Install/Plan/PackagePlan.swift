import CondaModel
import Support

/// What becomes of one package: every path with its place, decided before anything is written.
final class PackagePlan: Sendable {
    let source: PackageSource
    let metadata: PackageMetadata
    /// In the order of the package's metadata.
    let paths: [PlannedPath]
    let entryPoints: [PlannedEntryPoint]

    init(
        source: PackageSource, metadata: PackageMetadata, paths: [PlannedPath], entryPoints: [PlannedEntryPoint]
    ) {
        self.source = source
        self.metadata = metadata
        self.paths = paths
        self.entryPoints = entryPoints
    }

    /// The same plan, of which only some files are written; the package's record always is.
    func limited(to wanted: Set<PrefixPath>) -> PackagePlan {
        PackagePlan(
            source: source, metadata: metadata,
            paths: paths.map { path in
                var path = path
                if !wanted.contains(path.target) && path.path.kind != .directory { path.isOverridden = true }
                return path
            },
            entryPoints: entryPoints.map { entryPoint in
                var entryPoint = entryPoint
                if !wanted.contains(entryPoint.target) { entryPoint.isOverridden = true }
                return entryPoint
            })
    }
}

/// A path of a package and where it goes.
struct PlannedPath: Sendable {
    let path: PackagePath
    /// Where it goes: its own place, or one under `__clobbers__` if another package won that.
    let target: PrefixPath
    /// The place it lost.
    let lost: PrefixPath?
    /// An entry point or a wheel puts its own file there: recorded, but not written (docs/spec/install.md#entry-points,
    /// #placing).
    var isOverridden: Bool

    /// The path as conda-meta has it.
    var recorded: ByteString {
        if lost == nil, let spelling = path.spelling, target.relative == path.source { return spelling }
        return target.bytes
    }
}

/// A script to be made.
struct PlannedEntryPoint: Sendable {
    let entryPoint: EntryPoint
    let target: PrefixPath
    /// Another package's script or a wheel has its place: recorded, but not written.
    var isOverridden: Bool
}
