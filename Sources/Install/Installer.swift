import Archive
import CondaModel
import Support

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Carries out an `InstallPlan`: workers install packages and wheels in one pass, straight into the prefix.
public struct Installer: Sendable {
    /// How an installation is done.
    public struct Options: Sendable {
        /// What files and directories without a mode of their own do not permit.
        public var umask: UInt32
        /// Whether archives are compared with the hashes of the pack's index.
        public var verifiesPackages = true
        /// Whether files of wheels that are not as RECORD says are an error.
        public var isStrict = false
        /// The most bytes all packages and wheels may unpack to; nil: what is usual for each.
        public var maximumSize: Int64?
        /// The absolute path of the pack, for records.
        var origin: ByteString
        /// What records say of how files came into the environment (docs/spec/install.md#link).
        public var linkType = LinkType.hardLink
        /// What the environment is made from, to be noted in it with its other state; nil: that is not known.
        public var identity: (contents: SHA256Digest, signature: EnvironmentState.Signature?)?

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
        let written = changes.isUpdate ? changes.written : []
        let obstacles = try Obstacles(changes, written, folded, session)
        let staleFiles = changes.staleFiles.filter { folded?.contains($0) != true }
        // Folders count: one that is empty yet is known to nobody else if this is broken off.
        if changes.isUpdate { try begin(changes, written.union(obstacles.missingFolders), session) }
        let stale = StaleFiles(session: session, keptDirectories: changes.folders)
        try obstacles.remove(stale)
        for path in obstacles.missingFolders { try writer.makeDirectory(path) }
        let context = InstallContext(
            prefix: plan.prefix, platform: plan.platform, python: plan.python, origin: options.origin,
            linkType: options.linkType)
        let steps: [any InstallStep] =
            packageSteps(changes.packages + changes.restoredPackages, context)
            + (changes.wheels + changes.restoredWheels).map {
                WheelStep(plan: $0, isStrict: options.isStrict, reporter: reporter)
            }
        try run(steps, writer)
        try stale.remove(staleFiles)
        try stale.remove(changes.staleRecords)
        if changes.isUpdate { try stale.removeByteCode(of: outdated(changes), except: changes.files) }
        try writeCacheTag(changes, session)
        try end(changes, session)
    }

    /// Notes what is about to be touched, and that the environment is not complete.
    private func begin(_ changes: EnvironmentChanges, _ written: Set<PrefixPath>, _ session: PrefixSession) throws {
        if changes.isEmpty && !changes.isMoved { return }
        // Whoever was killed before its journal was complete left the beginning of that.
        session.sweep(try PrefixPath(PlanBuilder.metadataFolder))
        // What a killed run left; one that was killed without a trace was not of this program.
        if changes.oldState?.journal != nil || changes.oldState == nil {
            let folders = changes.folders.union(changes.staleFiles.compactMap(\.parent))
            for folder in [nil] + folders.map(Optional.some) { session.sweep(folder) }
        }
        // Without knowledge of the place, nothing is known to name it.
        var state = changes.oldState ?? EnvironmentState(prefix: changes.isMoved ? "" : plan.prefix)
        (state.contents, state.signature) = (nil, nil)
        state.journal = try UpdateJournal.write(written.union(changes.disturbed), session)
        try write(state.rendered(), to: EnvironmentState.path, session)
    }

    /// Notes that the environment is complete.
    private func end(_ changes: EnvironmentChanges, _ session: PrefixSession) throws {
        var state = changes.state
        let isUnchanged = changes.isUpdate && changes.isEmpty && changes.oldState?.journal == nil
        if isUnchanged {
            (state.contents, state.signature) = (changes.oldState?.contents, changes.oldState?.signature)
        }
        if let identity = options.identity { (state.contents, state.signature) = identity }
        if isUnchanged {
            if state == changes.oldState { return }
            // Somebody else's environment that is as it should be need not be writable.
            if options.identity != nil {
                return (try? write(state.rendered(), to: EnvironmentState.path, session)) ?? ()
            }
        }
        try write(state.rendered(), to: EnvironmentState.path, session)
        if changes.isUpdate { try UpdateJournal.remove(session) }
    }

    /// The modules of which Python may have made byte code that is not theirs any more.
    private func outdated(_ changes: EnvironmentChanges) -> Set<PrefixPath> {
        changes.isMoved ? changes.disturbed.union(changes.files) : changes.disturbed
    }

    private func writeCacheTag(_ changes: EnvironmentChanges, _ session: PrefixSession) throws {
        let path = try PrefixPath("CACHEDIR.TAG")
        if plan.shipsCacheTag || changes.wheelTargets.contains(path) || changes.folders.contains(path) { return }
        if let status = try session.status(path) {
            if !changes.disturbed.contains(path) { return }
            // A folder of that name an update made that was broken off; one with somebody's files in it stays.
            if status.st_mode & S_IFMT == S_IFDIR, !session.removeDirectory(path) { return }
        }
        try write(Array(Self.cacheTag.utf8), to: path.bytes, session)
    }

    private func packageSteps(_ packages: [PackagePlan], _ context: InstallContext) -> [any InstallStep] {
        let verification = PackageVerification(packages.map(\.source))
        return packages.enumerated().map { index, package in
            PackageStep(plan: package, context: context) { [options] in
                if options.verifiesPackages { try verification.verify(index) }
            }
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
        let team = DecoderTeam(idleWorkers: IdleWorkers())
        let workers = (0..<pool.width).map { _ in
            Exclusive(InstallWorker(session: writer.session(), scratch: DecoderScratch(budget: budget, team: team)))
        }
        try pool.forEach(count: steps.count, idleWorkers: team.idleWorkers) { index, worker in
            let step = steps[index]
            reporter.progress(.itemBegan(id: index, name: "\(step.name)", bytes: step.size))
            defer { reporter.progress(.itemEnded(id: index)) }
            try Interruption.check()
            try step.run(workers[worker].value)
            reporter.progress(.itemAdvanced(id: index, bytes: step.size))
        }
    }

    private func write(_ text: [UInt8], to path: ByteString, _ session: PrefixSession) throws {
        try text.withUnsafeBytes {
            try session.write(try PrefixPath(path), mode: session.writer.masked(0o666), $0, appears: .whenFinished)
        }
    }

    /// A value only the thread it is meant for touches.
    private struct Exclusive<Value>: @unchecked Sendable {
        let value: Value
        init(_ value: Value) { self.value = value }
    }

    /// docs/spec/install.md#skeleton.
    private static let cacheTag = """
        Signature: 8a477f597d28d172789f06886806bc55
        # This file is a cache directory tag created by rattler.
        # For information about cache directory tags, see:
        #\thttps://bford.info/cachedir/

        """

    /// What the installation itself puts into an environment, where no package does.
    static let ownFiles: [RelativePath] = [EnvironmentState.path, "CACHEDIR.TAG"].compactMap { try? RelativePath($0) }
}
