import Archive
import CondaModel
import Support

/// A conda package whose files were made before it was known where they go. Each is a file of a folder, with its number in
/// the package's list of paths as its name.
final class StagedPackage: Sendable {
    let metadata: PackageMetadata
    /// Of the archive.
    let sha256: SHA256Digest
    private let results: [PathResult]
    private let folder: File

    private init(metadata: PackageMetadata, sha256: SHA256Digest, results: [PathResult], folder: File) {
        self.metadata = metadata
        self.sha256 = sha256
        self.results = results
        self.folder = folder
    }

    /// Makes the files of a package.
    ///
    /// - Parameters:
    ///   - folder: an empty folder.
    ///   - content: the archive.
    ///   - context: as it will be when they are installed. Where they go does not matter, so Python does not.
    /// - Throws: `Failure` if that would also be the result of installing it.
    static func make(
        in folder: ByteString, _ fileName: ByteString, _ content: FileSlice, _ context: InstallContext, umask: UInt32,
        scratch: DecoderScratch, budget: MetadataBudget
    ) throws -> StagedPackage {
        let member = PackMember(name: try RelativePath(fileName), data: content)
        let record = PackageRecord(name: "", version: "", build: "", subdir: "")
        let source = try PackageSource(record: record, fileName: fileName.lossyString, member: member)
        let sha256 = try content.sha256()
        let metadata = try PackageMetadata.read(source, scratch: scratch, budget: budget)
        let writer = try PrefixWriter(folder, umask: umask)
        let plan = PackagePlan(
            source: source, metadata: metadata,
            paths: try metadata.paths.enumerated().map { number, path in
                PlannedPath(path: path, target: try PrefixPath(name(number)), lost: nil, isOverridden: false)
            },
            entryPoints: [])
        let extraction = PackageExtraction(
            plan, context: context, worker: InstallWorker(session: writer.session(), scratch: scratch))
        try extraction.run()
        return StagedPackage(metadata: metadata, sha256: sha256, results: extraction.results, folder: writer.root)
    }

    /// How many bytes its files have, about.
    var bytes: Int64 { results.reduce(0) { $0.addingReportingOverflow(Int64(clamping: $1.size)).partialValue } }

    private static func name(_ number: Int) -> ByteString { ByteString("\(number)") }

    /// Where a link of the package leads, by its path in the package; nil if it has none there.
    func link(_ path: RelativePath) -> ByteString? {
        metadata.paths.firstIndex { $0.source == path }.flatMap {
            try? Sys.readlink(StagedPackage.name($0), at: folder.descriptor)
        }
    }

    /// Gives every file its place.
    ///
    /// - Parameter plan: of the same package, with the same paths.
    /// - Returns: what installing it from its archive would.
    func place(_ plan: PackagePlan, _ session: any EnvironmentSession) throws -> [PathResult] {
        var results = results
        var first: [RelativePath: Int] = [:]
        first.reserveCapacity(results.count)
        for (number, planned) in plan.paths.enumerated() {
            try Interruption.check()
            let twin = first[planned.path.source]
            if twin == nil { first[planned.path.source] = number }
            switch results[number].state {
            case .absent, .deferred, .mismatch, .overridden, .skipped: continue
            case .made where planned.path.kind == .directory: continue
            case .verbatim, .link, .made: break
            }
            if let twin, plan.paths[twin].target == planned.target {
                results[number] = results[twin]
            } else if planned.isOverridden {
                results[number].state = .overridden
            } else {
                try session.place(StagedPackage.name(number), from: folder, at: planned.target)
            }
        }
        return results
    }
}
