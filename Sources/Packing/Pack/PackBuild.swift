import Fetch
import Support

/// The journey from a lock file to packs (docs/spec/lock.md#order-of-work).
///
///     read ─▶ select ─▶ build ─▶ plan ─▶ write, or forecast
///
/// Each stage is a function whose result the next one takes. A plain pack, several packs, a bundle, a delta and a dry run
/// differ in what `targets` and `request` say, not in the way they go:
///
///     let targets = PackTargets([PackTarget(environment: "default", platform: "linux-64")])
///     let results = try PackBuild(targets, request: request, reporter: reporter).run()
public struct PackBuild: Sendable {
    private let targets: PackTargets
    private var request: PackRequest
    private let reporter: any Reporter

    public init(_ targets: PackTargets, request: PackRequest, reporter: any Reporter = SilentReporter()) {
        var request = request
        // The folders of a bundle tell their files apart by these lists.
        if targets.isBundle { request.recordsContents = true }
        self.targets = targets
        self.request = request
        self.reporter = reporter
    }

    /// Makes the packs: reads the lock file, builds what has to be built, fetches and verifies every package, writes.
    /// A pack appears when it is complete; a failed run leaves what was there before.
    ///
    /// - Returns: a result for each pack.
    /// - Throws: `Failure` naming what failed; nothing is fetched if it can be known before.
    public func run() throws -> [PackResult] {
        Interruption.begin()
        if case .reference(let reference) = request.output {
            let publication = try Publication(reference, request, reporter: reporter)
            var build = self
            build.request.output = .layout(publication.layout)
            build.request.signing = nil
            return [try publication.publish(try build.packed(), as: targets.all)]
        }
        return try packed()
    }

    private func packed() throws -> [PackResult] {
        let packs = try targets.packs(to: request.output)
        for pack in packs { try request.signing?.check(pack.output) }
        // Contents that must wait for their place hold files open.
        ResourceLimits.raiseOpenFiles()
        let input = try read()
        let selections = try select(from: input)
        return try packs.withFolder { downloads in
            let fetcher = try fetcher(for: input, cache: request.fetch.cacheDirectory ?? downloads)
            let plans = try plan(packs, of: build(selections, fetcher))
            return try write(plans, fetcher)
        }
    }

    /// What `run` would do, without fetching, building or writing anything.
    ///
    /// - Returns: a forecast of each pack.
    /// - Throws: `Failure` for what packing would refuse before it fetches anything.
    public func forecast() throws -> [PackForecast] {
        var build = self
        build.request.isDryRun = true
        return try build.forecastDryRun()
    }

    private func forecastDryRun() throws -> [PackForecast] {
        let packs = try targets.packs(to: request.output)
        let input = try read()
        // A fetcher makes its cache; this one has nothing to do.
        let fetcher = try fetcher(for: input, cache: nil)
        let plans = try plan(packs, of: build(select(from: input), fetcher))
        return try plans.map { try $0.forecast(request.fetch) }
    }

    // MARK: Stages

    /// The lock file, or what stands in its place, what is injected, and the manifest.
    private func read() throws -> PackInput { try PackInput.read(targets.all, request, reporter: reporter) }

    /// Which packages of which environment and platform; what is wrong with any of them is said at once.
    private func select(from input: PackInput) throws -> [PackSelection] {
        let selections = try PackSelection.select(targets.all, from: input, request)
        for warning in selections.flatMap(\.warnings) { reporter.warn(warning) }
        return selections
    }

    /// Makes what is not there yet; the only stage that runs tools.
    private func build(_ selections: [PackSelection], _ fetcher: Fetcher) throws -> [PackSet] {
        try PackSetBuilder(request: request, fetcher: fetcher, reporter: reporter).build(selections)
    }

    /// Names, sizes and places of all files.
    private func plan(_ packs: [PackTargets.Pack], of sets: [PackSet]) throws -> [PlannedPack] {
        try packs.map { pack in
            let own = sets.filter { pack.targets.contains($0.selection.target) }
            return try PlannedPack.plan(own, to: pack.output, isBundle: targets.isBundle && !isForLayout, request)
        }
    }

    /// Whether environments share their packages in a layout, so that they need no bundle for that.
    private var isForLayout: Bool {
        switch request.output {
        case .layout, .reference: true
        default: false
        }
    }

    /// Brings packages and wheels to their places.
    private func write(_ plans: [PlannedPack], _ fetcher: Fetcher) throws -> [PackResult] {
        for part in plans.flatMap(\.parts) where part.plan.lacksPip {
            reporter.info("conda/micromamba compatibility mode cannot work if no pip installed.")
        }
        try SpaceCheck.require(for: plans)
        return try plans.map { try write($0, fetcher) }
    }

    private func write(_ plan: PlannedPack, _ fetcher: Fetcher) throws -> PackResult {
        let writer = try plan.output.writer(
            plan.entries, program: plan.program, image: request.executableImage, reporter: reporter)
        let check = plan.check(request)
        let looks = check?.isNeeded == true
        try PackFiller(fetcher: fetcher, reporter: reporter, check: looks ? check : nil).fill(writer, plan.jobs)
        try check?.finish(request, plan.parts.map(\.draft), reporter)
        for part in plan.parts { try part.draft.finish(writer, in: part.folder) }
        var result = plan.result(size: try writer.finish())
        if let layout = writer as? LayoutPackWriter {
            result.manifest = try PackArtifact(plan, request).put(layout.layers, in: layout.layout)
            return result
        }
        if let path = result.path {
            result.signature = try request.signing?.sign(path)
            try SBOMFile.write(request.sboms, of: plan, at: path, producer: request.version)
        }
        return result
    }

    private func fetcher(for input: PackInput, cache: ByteString?) throws -> Fetcher {
        var settings = request.fetch
        settings.baseDirectory = input.baseDirectory
        settings.cacheDirectory = cache
        return try Fetcher(settings: settings, reporter: reporter)
    }
}
