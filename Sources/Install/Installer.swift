import Archive
import CondaModel
import Support

/// Carries out an `InstallPlan`: workers install packages and wheels in one pass, straight into the prefix.
public struct Installer: Sendable {
    /// How an installation is done.
    public struct Options: Sendable {
        /// What files and directories without a mode of their own do not permit.
        public var umask: UInt32
        /// Whether archives are compared with the hashes of the pack's index.
        public var verifiesPackages = true
        /// The most bytes all packages and wheels may unpack to; nil: what is usual for each.
        public var maximumSize: Int64?
        /// The absolute path of the pack, for records.
        public var origin: ByteString
        /// What records say of how files came into the environment (spec install §5.4).
        public var linkType = LinkType.hardLink

        public init(umask: UInt32 = ProcessUmask.original, origin: ByteString) {
            self.umask = umask
            self.origin = origin
        }
    }

    private let plan: InstallPlan
    private let options: Options
    private let pool: WorkerPool
    private let reporter: any Reporter

    public init(_ plan: InstallPlan, options: Options, pool: WorkerPool, reporter: any Reporter) {
        self.plan = plan
        self.options = options
        self.pool = pool
        self.reporter = reporter
    }

    /// Installs into a directory: a new one, or an environment that becomes that of the plan.
    ///
    /// Files are replaced by rename and a package's record is written when its files are; what is no longer needed goes
    /// at the end. So an interrupted update is completed by running it again.
    ///
    /// - Parameters:
    ///   - directory: where to write; the plan's prefix is what files are told.
    ///   - changes: what to install and to take away.
    /// - Throws: `Failure` naming the package that failed.
    public func install(into directory: ByteString, _ changes: EnvironmentChanges) throws {
        let writer = try PrefixWriter(directory, umask: options.umask)
        let session = writer.session()
        // Before anything is changed.
        let folded = try FoldedNames(plan, changes, session)
        let staleFiles = changes.staleFiles.filter { folded?.contains($0) != true }
        let stale = StaleFiles(session: session, keptDirectories: Set(plan.directories))
        if changes.isUpdate {
            let folders = Set(plan.directories).union(staleFiles.compactMap(\.parent))
            for folder in [nil] + folders.map(Optional.some) { session.sweep(folder) }
            try RemovalJournal.write(staleFiles, session)
        }
        try stale.remove(blocking(staleFiles))
        for path in plan.directories { try writer.makeDirectory(path) }
        if try !plan.shipsCacheTag && session.status(PrefixPath("CACHEDIR.TAG")) == nil {
            try write(Self.cacheTag, to: "CACHEDIR.TAG", session)
        }
        let context = InstallContext(
            prefix: plan.prefix, platform: plan.platform, python: plan.python, origin: options.origin,
            linkType: options.linkType)
        let steps: [any InstallStep] =
            packageSteps(changes.packages, context)
            + changes.wheels.map { WheelStep(plan: $0) }
        try run(steps, writer)
        try write(Self.history, to: "conda-meta/history", session)
        try stale.remove(staleFiles)
        try stale.remove(changes.staleRecords)
        if !staleFiles.isEmpty { try RemovalJournal.write([], session) }
    }

    private func packageSteps(_ packages: [PackagePlan], _ context: InstallContext) -> [any InstallStep] {
        let verification = PackageVerification(packages.map(\.source))
        return packages.enumerated().map { index, package in
            PackageStep(plan: package, context: context) { [options] in
                if options.verifiesPackages { try verification.verify(index) }
            }
        }
    }

    /// The stale files whose place a new directory or, above them, a new file needs.
    private func blocking(_ files: [PrefixPath]) -> [PrefixPath] {
        if files.isEmpty { return [] }
        let (directories, targets) = (Set(plan.directories), plan.allTargets)
        return files.filter { file in
            if directories.contains(file) { return true }
            var parent = file.parent
            while let folder = parent {
                if targets.contains(folder) { return true }
                parent = folder.parent
            }
            return false
        }
    }

    private func run(_ steps: [any InstallStep], _ writer: PrefixWriter) throws {
        // The sort is stable: steps of one cost keep their order.
        let steps = steps.enumerated()
            .sorted { ($1.element.cost, $0.offset) < ($0.element.cost, $1.offset) }.map(\.element)
        let bytes = steps.reduce(0) { $0 + $1.size }
        reporter.progress(.phaseBegan(name: "Installing packages", items: steps.count, bytes: bytes))
        defer { reporter.progress(.phaseEnded) }
        let budget = DecodingBudget(total: options.maximumSize)
        let team = DecoderTeam(spareHands: SpareHands())
        let workers = (0..<pool.width).map { _ in
            Exclusive(InstallWorker(session: writer.session(), scratch: DecoderScratch(budget: budget, team: team)))
        }
        try pool.forEach(count: steps.count, spareHands: team.spareHands) { index, worker in
            let step = steps[index]
            reporter.progress(.itemBegan(id: index, name: step.name, bytes: step.size))
            defer { reporter.progress(.itemEnded(id: index)) }
            try Interruption.check()
            try step.run(workers[worker].value)
            reporter.progress(.itemAdvanced(id: index, bytes: step.size))
        }
    }

    private func write(_ text: String, to path: ByteString, _ session: PrefixSession) throws {
        try Array(text.utf8).withUnsafeBytes {
            try session.write(try PrefixPath(path), mode: session.writer.masked(0o666), $0)
        }
    }

    /// A value only the thread it is meant for touches.
    private struct Exclusive<Value>: @unchecked Sendable {
        let value: Value
        init(_ value: Value) { self.value = value }
    }

    /// Spec install §0.3.
    private static let cacheTag = """
        Signature: 8a477f597d28d172789f06886806bc55
        # This file is a cache directory tag created by rattler.
        # For information about cache directory tags, see:
        #\thttps://bford.info/cachedir/

        """

    /// Spec install §5.6; has no newline.
    private static let history = "// not relevant for pixi but for `conda run -p`"
}
