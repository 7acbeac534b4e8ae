import Archive
import Support

/// Installs one conda package: verifies its archive, writes its files directly from the decoder, and last its record.
struct PackageStep: InstallStep {
    let plan: PackagePlan
    let context: InstallContext
    /// The folders of unpacked packages that were moved as a whole already.
    let placed: StagedFolders
    /// Compares the archive with the hash in the pack's index, unless that is switched off.
    let verify: @Sendable () throws -> Void

    var name: String { plan.source.fileName }
    var size: Int64 { plan.source.member.size }
    var time: Int64? { plan.source.record.buildTime }
    /// Unpacking bzip2 takes ten times as long as zstd, including writing the files.
    var cost: Int64 { size.multipliedReportingOverflow(by: isBzip2 ? 10 : 1).partialValue }
    private var isBzip2: Bool { ByteString(name).hasSuffix(".tar.bz2") }

    func run(_ worker: InstallWorker) throws {
        try verify()
        try describing(
            "could not install package '\(plan.source.fileName)'", remedy: InstallPlan.packageRemedy
        ) {
            let results = try plan.source.staged?.place(plan, placed, worker.session) ?? extract(worker)
            let scripts = try writeEntryPoints(worker)
            let record = PrefixRecord(
                plan: plan, results: results, entryPoints: scripts, origin: context.origin,
                linkType: context.linkType)
            let (path, text) = (try record.path(), record.render())
            try text.withUnsafeBytes { bytes in
                // A record says that the package is complete, also after a run that was killed.
                let mode = worker.session.masked(0o666)
                try worker.session.write(path, mode: mode, bytes, appears: .whenFinished)
            }
            let hash = XXH3.hash(text)
            context.records.withLock { $0[path.bytes] = hash }
        }
    }

    private func extract(_ worker: InstallWorker) throws -> [PathResult] {
        let extraction = PackageExtraction(plan, context: context, worker: worker)
        try extraction.run()
        return extraction.results
    }

    /// Returns hash and size of each script (docs/spec/install.md#entry-points).
    private func writeEntryPoints(_ worker: InstallWorker) throws -> [PathResult] {
        guard let python = context.python else { return [] }
        let executable = context.prefix.path.appending(path: python.executable.bytes)
        return try plan.entryPoints.map { planned in
            let script = EntryPointScript.conda(planned.entryPoint, executable: executable)
            if !planned.isOverridden {
                try script.withUnsafeBytes {
                    try worker.session.write(planned.target, mode: worker.session.masked(0o777), $0)
                }
            }
            return PathResult(state: .made, digest: SHA256Hasher.hash(script), size: UInt64(script.count))
        }
    }
}
