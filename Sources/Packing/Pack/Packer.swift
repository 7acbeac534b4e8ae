import Archive
import CondaModel
import Fetch
import SelfExtract
import Support

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The journey from a lock file to a pack (docs/spec/lock.md#order-of-work).
public struct Packer: Sendable {
    private let options: PackOptions
    private let reporter: any Reporter

    public init(_ options: PackOptions, reporter: any Reporter = SilentReporter()) {
        self.options = options
        self.reporter = reporter
    }

    /// Reads the lock file, fetches and verifies every package, writes the pack. A pack appears when it is complete; a
    /// failed run leaves what was there before.
    ///
    /// - Throws: `Failure` naming what failed; nothing is fetched if it can be known before.
    public func run() throws -> PackResult {
        Interruption.begin()
        try options.signing?.check(options.output)
        // Contents that must wait for their place hold files open.
        ResourceLimits.raiseOpenFiles()
        let input = try PackInput.read(options, reporter: reporter)
        let fetcher = try Fetcher(settings: fetchSettings(input), reporter: reporter)
        // Before any package: a program that cannot be used is known early.
        let runtime = try runtime(for: input)
        let prepared = try prepare(input, fetcher)
        try requireSpace(for: prepared.plan)
        let writer = try self.writer(prepared.record.entries, runtime)
        let check = options.planCheck == .none ? nil : PlanCheck([(nil, prepared.plan)])
        try PackFiller(fetcher: fetcher, reporter: reporter, check: check).fill(
            writer,
            prepared.plan.items.enumerated().map { id, item in
                PackFiller.Job(item: item, owners: [(prepared.record, id)])
            })
        try check?.finish(options, [prepared.record], reporter)
        try prepared.record.finish(writer)
        var result = result(prepared.plan, size: try writer.finish())
        if let path = result.path {
            result.signature = try options.signing?.sign(path)
            try SBOMFile.write(options.sboms, of: path, plan: prepared.plan, producer: options.version)
        }
        return result
    }

    /// Chooses, builds and checks what goes into the pack; nothing is fetched or written yet.
    func prepare(_ input: PackInput, _ fetcher: Fetcher) throws -> (plan: PackPlan, record: ContentsRecord) {
        let selection = try PackSelection(input, options: options, fetcher: fetcher, reporter: reporter)
        let plan = try PackPlan(
            selection, platform: input.platform.subdir, base: options.base, keepsEncoding: !options.recordsContents)
        if plan.lacksPip {
            reporter.info("conda/micromamba compatibility mode cannot work if no pip installed.")
        }
        return (plan, try ContentsRecord(plan, selection: selection, lock: input.lockSHA256, options: options))
    }

    /// As far as the lock file tells the sizes of packages.
    private func requireSpace(for plan: PackPlan) throws {
        let path: ByteString
        switch options.output {
        case .file(let name): path = name
        case .directory(let name): path = name.appending(path: ".")
        case .executable(let name?, _) where name != "-": path = name
        case .executable(nil, _): path = "."
        case .executable, .standardOutput: return
        }
        let bytes = plan.items.reduce(Int64(0)) { sum, item in
            let (total, overflow) = sum.addingReportingOverflow(item.size ?? 0)
            return overflow ? .max : total
        }
        if let status = try? Sys.stat(path), ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT) { return }
        try SpaceCheck.require(bytes, at: path.parentPath, for: "the pack '\(path.lastPathComponent)'")
    }

    func fetchSettings(_ input: PackInput) -> FetchSettings {
        var settings = options.fetch
        settings.baseDirectory = input.baseDirectory
        return settings
    }

    /// The program of a self-extracting pack; nil for other packs.
    private func runtime(for input: PackInput) throws -> EmbeddedRuntime? {
        guard case .executable(_, let source) = options.output else { return nil }
        return try source.runtime(for: input.platform.subdir, settings: options.fetch, reporter: reporter)
    }

    func writer(_ entries: [PackEntry], _ runtime: EmbeddedRuntime? = nil) throws -> any PackWriter {
        if let runtime, case .executable(let path, _) = options.output {
            return path == "-"
                ? try ExecutablePack.stream(entries, to: standardOutput(), runtime: runtime)
                : try ExecutablePack.writer(
                    entries, at: path ?? ExecutablePack.usualName(for: runtime.platform), runtime: runtime)
        }
        switch options.output {
        case .directory(let path):
            return try DirectoryPackWriter(entries, at: path, replacing: PackFiles.belonging(to: path))
        case .standardOutput, .executable:
            return try StreamedPack.writer(entries, to: standardOutput())
        case .file(let path):
            // Pipes and devices keep their place.
            if let status = try? Sys.stat(path), ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT) {
                let descriptor = try describing("could not create '\(path)'") { try Sys.open(path, O_WRONLY) }
                return try StreamedPack.writer(entries, to: File(descriptor: descriptor, path: path))
            }
            guard let compression = PackCompression(fileName: path) else { return try TarPackWriter(entries, at: path) }
            return try StreamedPack.compressed(entries, at: path, compression)
        }
    }

    private func standardOutput() throws -> File { File(descriptor: try Sys.duplicate(1), path: "standard output") }

    private func result(_ plan: PackPlan, size: Int64) -> PackResult {
        var result = PackResult(
            path: nil, isDirectory: false, size: size, packages: plan.conda.count, wheels: plan.wheels.count)
        switch options.output {
        case .standardOutput, .executable("-", _): break
        case .executable(let name, _):
            let path = name ?? ExecutablePack.usualName(for: plan.platform)
            result.path = path
            // With script and program.
            if let status = try? Sys.stat(path) { result.size = Int64(status.st_size) }
        case .file(let path): result.path = path
        case .directory(let path): (result.path, result.isDirectory) = (path, true)
        }
        result.platform = plan.platform
        return result
    }
}
