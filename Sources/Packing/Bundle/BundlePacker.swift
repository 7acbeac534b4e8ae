import Archive
import CondaModel
import Fetch
import Lockfile
import Support

/// Packs several environments of one workspace into one file, each package once.
public struct BundlePacker: Sendable {
    /// An environment for a platform.
    public struct Target: Sendable, Hashable {
        public let environment: String
        /// A subdir.
        public let platform: String

        public init(environment: String, platform: String) {
            self.environment = environment
            self.platform = platform
        }
    }

    /// An environment, ready to be written.
    typealias Prepared = (environment: Bundle.Environment, plan: PackPlan, record: ContentsRecord)

    private let targets: [Target]
    private let options: PackOptions
    private let reporter: any Reporter

    /// - Parameter options: environment and platform of it play no role.
    public init(_ targets: [Target], options: PackOptions, reporter: any Reporter) {
        self.targets = targets
        self.options = options
        self.reporter = reporter
    }

    /// - Throws: `Failure` naming what failed; nothing is fetched if it can be known before.
    public func run() throws -> PackResult {
        ResourceLimits.raiseOpenFiles()
        try options.signing?.check(options.output)
        let lock = try LockFile.read(at: LockFile.locate(manifest: options.manifest))
        try StaleLock(lock, options)?.report(targets, isError: options.isLocked, to: reporter)
        let packer = Packer(options, reporter: reporter)
        var settings = options.fetch
        settings.baseDirectory = lock.directory
        let fetcher = try Fetcher(settings: settings, reporter: reporter)
        var environments: [Prepared] = []
        for target in targets {
            var options = options
            options.environment = target.environment
            options.platform = target.platform
            options.base = options.bundleBases[target]
            options.recordsContents = true
            let prepared = try Packer(options, reporter: reporter).prepare(PackInput(lock, options), fetcher)
            let environment = Bundle.Environment(name: target.environment, platform: prepared.plan.platform)
            environments.append((environment, prepared.plan, prepared.record))
        }
        let jobs = try jobs(environments)
        let writer = try packer.writer(entries(environments, jobs: jobs))
        let check =
            options.planCheck == .none ? nil : PlanCheck(environments.map { ($0.environment.title, $0.plan) })
        try PackFiller(fetcher: fetcher, reporter: reporter, check: check).fill(writer, jobs)
        try check?.finish(options, environments.map(\.record), reporter)
        for (environment, _, record) in environments { try record.finish(writer, in: environment.folder) }
        var result = PackResult(path: nil, isDirectory: false, size: try writer.finish(), packages: 0, wheels: 0)
        if case .file(let path) = options.output {
            result.path = path
            result.signature = try options.signing?.sign(path)
        }
        let platforms = Set(environments.map(\.environment.platform))
        result.platform = platforms.count == 1 ? platforms.first : nil
        for job in jobs {
            if job.item.path.parent?.bytes == "pypi" { result.wheels += 1 } else { result.packages += 1 }
        }
        return result
    }

    /// All files of the bundle.
    func entries(_ environments: [Prepared], jobs: [PackFiller.Job]) throws -> [PackEntry] {
        var entries = jobs.map { PackEntry($0.item.path, .awaited(size: $0.item.size)) }
        entries.append(PackEntry(try RelativePath("channel"), .directory))
        let manifest = Bundle.manifest(environments.map(\.environment), producer: options.version)
        entries.append(PackEntry(try RelativePath("pixi-pack.json"), .bytes(manifest)))
        for (environment, plan, record) in environments {
            let shared = Set(plan.items.map(\.path))
            let folder = try environment.folder
            for entry in record.entries where !shared.contains(entry.path) {
                if case .directory = entry.contents { continue }
                entries.append(PackEntry(folder.appending(entry.path), entry.contents))
            }
        }
        return entries
    }

    /// Each file once, in the order of the first environment that has it.
    func jobs(_ packs: [Prepared]) throws -> [PackFiller.Job] {
        var jobs: [PackFiller.Job] = []
        var places: [RelativePath: Int] = [:]
        for (_, plan, record) in packs {
            for (id, item) in plan.items.enumerated() {
                guard let place = places[item.path] else {
                    places[item.path] = jobs.count
                    jobs.append(PackFiller.Job(item: item, owners: [(record, id)]))
                    continue
                }
                guard jobs[place].item.source.isSame(as: item.source) else {
                    throw Failure(
                        "two environments have different packages with the name '\(item.path)'",
                        remedy: "Pack them on their own, without --bundle.")
                }
                jobs[place].owners.append((record, id))
            }
        }
        return jobs
    }
}

extension PackPlan.Source {
    /// Whether both bring the same bytes.
    fileprivate func isSame(as other: PackPlan.Source) -> Bool {
        if let left = sha256, let right = other.sha256 { return left == right }
        guard case .fetched(_, let left, _, _) = self, case .fetched(_, let right, _, _) = other else { return false }
        return left == right
    }
}
