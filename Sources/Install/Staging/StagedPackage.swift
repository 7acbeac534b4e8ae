import Archive
import CondaModel
import Support

/// A conda package that was unpacked before the plan was made: into a folder of its own, with the paths of the package.
final class StagedPackage: StagedFiles {
    let metadata: PackageMetadata
    /// The hash of the archive.
    let sha256: SHA256Digest
    private let results: [PathResult]
    let folder: File

    private init(metadata: PackageMetadata, sha256: SHA256Digest, results: [PathResult], folder: File) {
        self.metadata = metadata
        self.sha256 = sha256
        self.results = results
        self.folder = folder
    }

    /// Makes the files of a package.
    ///
    /// - Parameters:
    ///   - writer: writes into an empty folder, which becomes that of the package.
    ///   - content: the archive.
    ///   - context: as it will be when they are installed. Where they go does not matter, so Python does not.
    /// - Throws: `Failure` if that would also be the result of installing it.
    static func make(
        _ writer: PrefixWriter, _ fileName: ByteString, _ content: FileSlice, _ context: InstallContext,
        scratch: DecoderScratch, budget: MetadataBudget
    ) throws -> StagedPackage {
        let member = PackMember(name: try RelativePath(fileName), data: content)
        let record = PackageRecord(name: "", version: "", build: "", subdir: "")
        let source = try PackageSource(record: record, fileName: fileName.lossyString, member: member)
        let sha256 = try content.sha256()
        let metadata = try PackageMetadata.read(source, scratch: scratch, budget: budget)
        let plan = PackagePlan(
            source: source, metadata: metadata,
            paths: PlannedPaths(metadata.paths), entryPoints: [])
        let extraction = PackageExtraction(
            plan, context: context, worker: InstallWorker(session: writer.session(), scratch: scratch))
        try extraction.run()
        return StagedPackage(metadata: metadata, sha256: sha256, results: extraction.results, folder: writer.root)
    }

    /// About how many bytes its files have.
    var bytes: Int64 { results.reduce(0) { $0.addingReportingOverflow(Int64(clamping: $1.size)).partialValue } }

    /// Where a link of the package leads, by its path in the package; nil if it has none there.
    func link(_ path: RelativePath) -> ByteString? { try? Sys.readlink(path.bytes, at: folder.descriptor) }

    /// The files of a package that were unpacked before, and the paths of all else it puts into the environment.
    static func files(of plan: PackagePlan) -> (files: [UnplacedFile], others: [PrefixPath]) {
        let scripts = plan.entryPoints.map(\.target)
        let paths = plan.paths.filter { $0.path.kind != .directory }
        guard plan.source.staged != nil else { return ([], paths.map(\.target) + scripts) }
        let files = paths.map { planned in
            UnplacedFile(
                source: PrefixPath(planned.path.source), target: planned.isOverridden ? nil : planned.target)
        }
        return (files, scripts)
    }

    /// Moves every file to its place.
    ///
    /// - Parameters:
    ///   - plan: of the same package, with the same paths.
    ///   - placed: the folders that were moved already.
    /// - Returns: the results that installing it from its archive would have.
    func place(_ plan: PackagePlan, _ placed: StagedFolders, _ session: any EnvironmentSession) throws -> [PathResult] {
        var results = results
        var moved: Set<RelativePath> = []
        for (number, planned) in plan.paths.enumerated() {
            try Interruption.check()
            switch results[number].state {
            case .absent, .deferred, .mismatch, .overridden, .skipped: continue
            case .made where planned.path.kind == .directory: continue
            case .verbatim, .link, .made: break
            }
            if planned.isOverridden {
                results[number].state = .overridden
            } else if !placed.contains(planned.target.parent), moved.insert(planned.path.source).inserted {
                try session.place(planned.path.source.bytes, from: folder, at: planned.target)
            }
        }
        return results
    }
}
