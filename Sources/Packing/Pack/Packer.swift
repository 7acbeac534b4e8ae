import Archive
import CondaModel
import Fetch
import Lockfile
import Support

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The journey from a lock file to a pack (spec lock §6.2).
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
        // Contents that must wait for their place hold files open.
        ResourceLimits.raiseOpenFiles()
        let lock = try LockFile.read(at: LockFile.locate(manifest: options.manifest))
        let fetcher = try Fetcher(settings: fetchSettings(lock), reporter: reporter)
        let platform = try lock.platform(options.platform, of: options.environment)
        let packages = try lock.packages(environment: options.environment, platform: options.platform)
        let selection = try PackSelection(
            packages, platform: platform, baseDirectory: lock.directory, options: options, fetcher: fetcher,
            reporter: reporter)
        let plan = try PackPlan(selection, platform: platform.subdir)
        if plan.lacksPip {
            reporter.warn("conda/micromamba compatibility mode cannot work if no pip installed.")
        }
        let record = try ContentsRecord(
            plan, selection: selection, lock: lock.sha256(), options: options)
        let writer = try self.writer(record.entries)
        try fill(writer, plan, fetcher, record)
        try record.finish(writer)
        return result(plan, size: try writer.finish())
    }

    private func fetchSettings(_ lock: LockFile) -> FetchSettings {
        var settings = options.fetch
        settings.baseDirectory = lock.directory
        return settings
    }

    private func writer(_ entries: [PackEntry]) throws -> any PackWriter {
        switch options.output {
        case .directory(let path): return try DirectoryPackWriter(entries, at: path)
        case .standardOutput:
            return try StreamedPack.writer(entries, to: File(descriptor: Sys.duplicate(1), path: "standard output"))
        case .file(let path):
            // Pipes and devices keep their place.
            if let status = try? Sys.stat(path), ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT) {
                let descriptor = try describing("could not create '\(path)'") { try Sys.open(path, O_WRONLY) }
                return try StreamedPack.writer(entries, to: File(descriptor: descriptor, path: path))
            }
            return try TarPackWriter(entries, at: path)
        }
    }

    /// Brings the bytes of all items to their slots.
    private func fill(
        _ writer: any PackWriter, _ plan: PackPlan, _ fetcher: Fetcher, _ record: ContentsRecord
    ) throws {
        var requests: [FetchRequest] = []
        for (id, item) in plan.items.enumerated() {
            let slot = try writer.slot(for: item.path)
            switch item.source {
            case .opened(let slice, _):
                try slice.forEachChunk(size: 1 << 20, offsets: slot.write)
                try slot.finish(size: slice.length)
                record.note(id, size: slice.length)
            case .fetched(let kind, let location, let sha256, let md5):
                requests.append(
                    FetchRequest(
                        id: id, displayName: item.fileName, kind: kind, location: location, sha256: sha256, md5: md5,
                        size: item.size, cacheKey: try cacheKey(item.path), sink: record.sink(id, slot)))
            }
        }
        let sizes = requests.compactMap(\.size)
        reporter.progress(
            .phaseBegan(
                name: "Fetching packages", items: requests.count,
                bytes: sizes.count == requests.count ? sizes.reduce(0, &+) : nil))
        for result in try fetcher.fetch(requests) { record.note(result.id, size: result.size) }
        reporter.progress(.phaseEnded)
    }

    /// `<subdir>/<file>` or `pypi/<file>`: the path in the pack without its `channel/` (spec lock §6.6).
    private func cacheKey(_ path: RelativePath) throws -> RelativePath {
        let components = path.components
        guard components.count == 3 else { return path }
        return try RelativePath(components[1]).appending(RelativePath(components[2]))
    }

    private func result(_ plan: PackPlan, size: Int64) -> PackResult {
        var result = PackResult(
            path: nil, isDirectory: false, size: size, packages: plan.conda.count, wheels: plan.wheels.count)
        switch options.output {
        case .standardOutput: break
        case .file(let path): result.path = path
        case .directory(let path): (result.path, result.isDirectory) = (path, true)
        }
        return result
    }
}

extension FileSlice {
    /// `forEachChunk` with the position of each chunk.
    fileprivate func forEachChunk(
        size: Int, offsets body: (UnsafeRawBufferPointer, Int64) throws -> Void
    ) throws {
        var position: Int64 = 0
        try forEachChunk(size: size) { bytes in
            try body(bytes, position)
            position += Int64(bytes.count)
        }
    }
}
