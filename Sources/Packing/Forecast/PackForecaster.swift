import Archive
import CondaModel
import Fetch
import Lockfile
import SelfExtract
import Support

/// Finds out what packing would do, without fetching, building or writing anything.
public struct PackForecaster: Sendable {
    private let options: PackOptions
    private let reporter: any Reporter

    public init(_ options: PackOptions, reporter: any Reporter) {
        var options = options
        options.isDryRun = true
        self.options = options
        self.reporter = reporter
    }

    /// The forecast of one pack.
    ///
    /// - Throws: `Failure` for what packing would refuse before it fetches anything.
    public func forecast() throws -> PackForecast {
        let input = try PackInput.read(options, reporter: reporter)
        let prepared = try prepare(input, options)
        var forecast = PackForecast(environments: [(options.environment, input.platform.name)])
        forecast.toBuild = prepared.selection.unbuilt
        forecast.leftOut = prepared.selection.leftOut
        forecast.items = try items(prepared.plan, baseDirectory: input.baseDirectory)
        try measure(prepared.record.entries, platform: input.platform.subdir, &forecast)
        return forecast
    }

    /// The forecast of a bundle.
    public func bundle(_ targets: [BundlePacker.Target]) throws -> PackForecast {
        var forecast = PackForecast(environments: targets.map { ($0.environment, $0.platform) })
        let lock = try LockFile.read(at: LockFile.locate(manifest: options.manifest))
        try StaleLock(lock, options)?.report(targets, isError: options.isLocked, to: reporter)
        var prepared: [BundlePacker.Prepared] = []
        for target in targets {
            var options = options
            options.environment = target.environment
            options.platform = target.platform
            options.base = options.bundleBases[target]
            options.recordsContents = true
            let one = try prepare(try PackInput(lock, options), options)
            forecast.toBuild += one.selection.unbuilt
            forecast.leftOut += one.selection.leftOut
            let known = Set(forecast.items.map(\.path))
            forecast.items += try items(one.plan, baseDirectory: lock.directory).filter { !known.contains($0.path) }
            let environment = Bundle.Environment(name: target.environment, platform: one.plan.platform)
            prepared.append((environment, one.plan, one.record))
        }
        let packer = BundlePacker(targets, options: options, reporter: reporter)
        try measure(try packer.entries(prepared, jobs: packer.jobs(prepared)), platform: .current, &forecast)
        return forecast
    }

    private func prepare(
        _ input: PackInput, _ options: PackOptions
    ) throws -> (selection: PackSelection, plan: PackPlan, record: ContentsRecord) {
        var settings = options.fetch
        // A fetcher makes its cache; this one has nothing to do.
        settings.cacheDirectory = nil
        let fetcher = try Fetcher(settings: settings, reporter: reporter)
        let selection = try PackSelection(input, options: options, fetcher: fetcher, reporter: reporter)
        let plan = try PackPlan(
            selection, platform: input.platform.subdir, base: options.base, keepsEncoding: !options.recordsContents)
        let record = try ContentsRecord(plan, selection: selection, lock: input.lockSHA256, options: options)
        return (selection, plan, record)
    }

    private func items(_ plan: PackPlan, baseDirectory: ByteString) throws -> [PackForecast.Item] {
        var settings = options.fetch
        settings.baseDirectory = baseDirectory
        let forecaster = FetchForecaster(settings: settings)
        return try plan.items.map { item in
            switch item.source {
            case .opened(let slice, _):
                let source = FetchForecast(
                    origin: .localFile, place: slice.file.path.lossyString, size: slice.length)
                return .init(path: item.path, source: source)
            case .fetched(let kind, let location, let sha256, let md5):
                let source = try forecaster.forecast(
                    location, kind: kind, fileName: item.fileName, cacheKey: try PackFiller.cacheKey(item.path),
                    isVerifiable: sha256 != nil || md5 != nil, size: item.size)
                return .init(path: item.path, source: source)
            }
        }
    }

    /// Fills in what the output will be.
    private func measure(_ entries: [PackEntry], platform: Platform, _ forecast: inout PackForecast) throws {
        var sizes: [RelativePath: Int64] = [:]
        for item in forecast.items { sizes[item.path] = item.source.size }
        forecast.isSizeExact = forecast.toBuild.isEmpty && sizes.count == forecast.items.count
        func size(_ entry: PackEntry) -> Int64? {
            if case .awaited(let size) = entry.contents { return sizes[entry.path] ?? size }
            return nil
        }
        let tar = try TarPackSize.bytes(of: entries, size: size)
        forecast.size = tar
        switch options.output {
        case .standardOutput: break
        case .file(let path):
            forecast.output = path
            // How well it compresses nobody knows.
            if PackCompression(fileName: path) != nil { forecast.isSizeExact = false }
        case .directory(let path):
            forecast.output = path
            forecast.size = entries.reduce(0) { sum, entry in
                if case .bytes(let bytes) = entry.contents { return sum &+ Int64(bytes.count) }
                return sum &+ (size(entry) ?? 0)
            }
        case .executable(let path, let source):
            forecast.output = path == "-" ? nil : path ?? ExecutablePack.usualName(for: platform)
            guard let runtime = try source.localRuntime(for: platform, reporter: reporter) else {
                forecast.isSizeExact = false
                return
            }
            let form = ExecutableWriter(runtime: runtime, name: forecast.output ?? "-")
            if form.archiveOffset == nil {
                // Text takes four characters for three bytes.
                forecast.isSizeExact = false
                forecast.size = (tar &+ Int64(runtime.bytes.count)) / 3 &* 4
            } else {
                let layout = ExecutableLayout(archiveLength: tar, runtime: runtime, contents: .zero)
                forecast.size = layout.totalLength
            }
        }
    }
}
