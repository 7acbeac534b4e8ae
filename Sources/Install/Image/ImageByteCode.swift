import CondaModel
import Support

/// Compiles the Python modules of an image (`--compile-pyc` with `--into`). An image cannot be run, so the environment's Python
/// with the packages it needs, and the modules, are written into a temporary folder as well, on their way into the image.
/// The byte code names the final prefix, and belongs to the files of the image: it is what `ByteCode` makes in an environment
/// with the same prefix.
public struct ImageByteCode: Sendable {
    private let byteCode: ByteCode
    private let mode: ByteCode.Mode
    private let folder: ScratchDirectory
    private let writer: PrefixWriter
    private let wanted: Set<PrefixPath>
    /// Byte code of packages that is compiled again, and therefore not taken from them.
    private let replaced: Set<PrefixPath>

    /// - Parameter parent: where the temporary folder is made.
    /// - Returns: nil if there is nothing to compile.
    public init?(_ plan: InstallPlan, _ changes: EnvironmentChanges, mode: ByteCode.Mode, in parent: ByteString) throws
    {
        let folder = try ScratchDirectory(in: parent)
        guard let byteCode = ByteCode(plan, changes, mode: mode, at: folder.path) else { return nil }
        self.byteCode = byteCode
        self.mode = mode
        self.folder = folder
        writer = try PrefixWriter(folder.path, umask: 0o077)
        wanted = Self.python(plan).union(byteCode.modules)
        replaced = Set(byteCode.replaced)
    }

    /// The files of Python and of all it depends on.
    private static func python(_ plan: InstallPlan) -> Set<PrefixPath> {
        let packages = Dictionary(
            plan.packages.map { ($0.source.record.name, $0) }, uniquingKeysWith: { first, _ in first })
        var files: Set<PrefixPath> = []
        var known: Set<CondaName> = [.python]
        var next: [CondaName] = [.python]
        while let name = next.popLast() {
            guard let package = packages[name] else { continue }
            files.formUnion(package.paths.map(\.target))
            for dependency in package.source.record.depends.compactMap(DependencyOrder.dependencyName)
            where known.insert(dependency).inserted {
                next.append(dependency)
            }
        }
        return files
    }

    /// Access to the temporary folder, for one worker.
    func session() -> PrefixSession { writer.session() }

    func isWanted(_ path: PrefixPath) -> Bool { wanted.contains(path) }
    func isReplaced(_ path: PrefixPath) -> Bool { replaced.contains(path) }

    /// Compiles, and hands out the files.
    func compile(
        jobs: Int, reporter: any Reporter, _ body: (PrefixPath, [UInt8]) throws -> Void
    ) throws {
        let result = try byteCode.compile(
            mode, umask: EnvironmentImage.umask, jobs: jobs, reporter: reporter)
        let session = session()
        let made = try byteCode.results { session.list($0) }
        for code in made {
            try Interruption.check()
            try body(code, try session.open(code).slice().readAll())
        }
        let failed = max(result.failed, result.modules - made.count)
        let rest = failed == 0 ? "" : "; \(failed) could not be compiled (-v lists them)"
        reporter.note("Compiled \(result.modules - failed) Python modules\(rest).")
    }
}
