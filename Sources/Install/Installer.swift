import Archive
import CondaModel
import LibC
import Support

/// Carries out an `InstallPlan`: workers install packages and wheels in one pass, directly into the prefix.
///
///     let prefix = FinalPrefix(at: "/opt/env")
///     let plan = try InstallPlan(packages: sources, prefix: prefix, platform: .linux64, pool: pool)
///     let changes = try EnvironmentChanges(plan, wheels: [], installed: nil)
///     let installer = Installer(plan, options: .init(origin: "/tmp/environment.tar"), pool: pool, reporter: reporter)
///     try installer.install(into: fresh.workplace, changes)
public struct Installer: Sendable {
    /// How an installation is done.
    public struct Options: Sendable {
        /// Permission bits that files and directories without a mode of their own do not get.
        var umask: UInt32
        /// Whether archives are compared with the hashes in the pack's index.
        public var verifiesPackages = true
        /// Whether a file of a wheel that differs from RECORD is an error.
        public var isStrict = false
        /// How many files may be written at once where each waits for a server; 0: as many as there are workers.
        public var mostInFlight = 16
        /// Limits what all packages and wheels together unpack to; without a limit it is what is usual for each of
        /// them.
        public var budget = DecodingBudget(total: nil)
        /// The absolute path of the pack, for records.
        var origin: ByteString
        /// What records say about how files came into the environment (docs/spec/install.md#link).
        public var linkType = LinkType.hardLink
        /// Whether files are adapted as the original does it, with its limits (docs/compatibility.md).
        public var followsOriginal = false
        /// Match specs of the packages that were asked for, for the history; nil: those that no other one needs.
        public var requested: [String]?
        /// What the history says of when it was done, in seconds since 1970.
        public var date = WallClock.seconds
        /// What the environment is made from, which is noted in its state; nil if that is not known.
        public var identity: (contents: SHA256Digest, signature: EnvironmentState.Signature?)?
        /// What the plan was made from, which is noted too; nil if that is not known.
        public var basis: PlanNote.Basis?

        /// - Parameters:
        ///   - umask: by default that of the process.
        ///   - origin: the absolute path of the pack.
        public init(umask: UInt32 = ProcessUmask.original, origin: ByteString) {
            self.umask = umask
            self.origin = origin
        }
    }

    let plan: InstallPlan
    let options: Options
    let pool: WorkerPool
    let reporter: any Reporter

    public init(_ plan: InstallPlan, options: Options, pool: WorkerPool, reporter: any Reporter) {
        self.plan = plan
        self.options = options
        self.pool = pool
        self.reporter = reporter
    }

    /// Installs into a directory: a new one, or an environment that becomes that of the plan.
    ///
    /// Files are replaced by rename, and the record of a package is written after its files. What is no longer needed
    /// is removed at the end. So an update that was interrupted is completed by running it again.
    ///
    /// - Parameters:
    ///   - directory: where to write; files contain the plan's prefix instead.
    ///   - changes: what to install and what to remove.
    /// - Throws: `Failure` naming the package that failed.
    public func install(into directory: ByteString, _ changes: EnvironmentChanges) throws {
        let inFlight = options.mostInFlight > 0 ? FilesInFlight(width: options.mostInFlight) : nil
        defer { inFlight?.end() }
        let writer = try PrefixWriter(directory, umask: options.umask, inFlight: inFlight)
        let session = writer.session()
        // This has to come before anything is changed.
        let folded = try FoldedNames(plan, changes, session)
        let written = changes.isUpdate ? changes.written : []
        let obstacles = try Obstacles(changes, written, folded, session)
        let staleFiles = changes.staleFiles.filter { folded?.contains($0) != true }
        let history = changes.isUpdate ? try EnvironmentHistory.read(directory) : .empty
        // Folders are included: if the update is interrupted, nothing else tells that an empty folder belongs to it.
        if changes.isUpdate { try begin(changes, written.union(obstacles.missingFolders), history, session) }
        let stale = StaleFiles(session: session, keepsDirectory: changes.hasFolder)
        try obstacles.remove(stale)
        var placed = try StagedFolders(changes)
        try placed.place(session)
        try makeDirectories(obstacles.missingFolders.filter { !placed.contains($0) }, writer)
        let context = self.context()
        try run(sorted(steps(changes, context, placed)).map { Placed(step: $0, part: 0, turn: 0) }) { writer.session() }
        try stale.remove(staleFiles)
        try stale.remove(changes.staleRecords)
        if changes.isUpdate { try stale.removeByteCode(of: outdated(changes), except: changes.shipped) }
        try writeCacheTag(changes, session)
        try end(changes, history, directory, context.records.withLock { $0 }, session)
    }

    /// Makes folders, given with those above before those in them: one after the other, as most file systems make them
    /// no faster at once, and many at once where each waits for a server.
    private func makeDirectories(_ folders: [PrefixPath], _ writer: PrefixWriter) throws {
        var rest = folders[...]
        let session = writer.session()
        let width = max(1, options.mostInFlight)
        while width == 1 || !writer.latency.isSlow, let folder = rest.popFirst() { try session.makeDirectory(folder) }
        let sessions = (0..<width).map { _ in Exclusive(writer.session()) }
        try WorkerPool(width: width).forEach(count: rest.count) { [rest] index, worker in
            try Interruption.check()
            try sessions[worker].value.makeDirectory(rest[rest.startIndex + index])
        }
    }

    /// Notes which paths are about to change, and that the environment is not complete.
    private func begin(
        _ changes: EnvironmentChanges, _ written: Set<PrefixPath>, _ history: EnvironmentHistory,
        _ session: PrefixSession
    ) throws {
        if changes.isEmpty && !changes.isMoved { return }
        // A run that was killed while it wrote its journal leaves the beginning of a journal.
        session.sweep(try PrefixPath(PlanBuilder.metadataFolder))
        // Remove what a killed run left. Without a state the environment was made by another program, or by a run that
        // was killed before it wrote one.
        if changes.oldState?.journal != nil || changes.oldState == nil {
            let folders = changes.folders.union(changes.staleFiles.compactMap(\.parent))
            for folder in [nil] + folders.map(Optional.some) { session.sweep(folder) }
        }
        // If the place is not known, no file is known to contain it.
        var state = changes.oldState ?? EnvironmentState(prefix: changes.isMoved ? "" : plan.prefix.path)
        (state.contents, state.signature, state.plan) = (nil, nil, nil)
        state.journal = try UpdateJournal.write(written.union(changes.disturbed), session)
        try write(state.rendered(history), to: EnvironmentState.path, session)
    }

    /// Notes that the environment is complete.
    ///
    /// - Parameter written: the hashes of the records that were written, by their path.
    private func end(
        _ changes: EnvironmentChanges, _ history: EnvironmentHistory, _ directory: ByteString,
        _ written: [ByteString: UInt64], _ session: PrefixSession
    ) throws {
        var state = changes.state
        let isUnchanged = changes.isUpdate && changes.isEmpty && changes.oldState?.journal == nil
        if isUnchanged {
            (state.contents, state.signature) = (changes.oldState?.contents, changes.oldState?.signature)
        }
        if let identity = options.identity { (state.contents, state.signature) = identity }
        // Shortcuts are kept in step with each run.
        if let basis = options.basis, !changes.hasShortcuts {
            let records = try RecordHashes.read(
                directory, sitePackages: basis.sitePackages, wheels: state.wheels,
                known: changes.knownRecords.merging(written) { $1 }, pool: pool)
            state.plan = PlanNote(basis, paths: plan.isPlain ? changes.countOfPaths : nil, records: records.digest)
        }
        if isUnchanged {
            // A run that was killed after its last note left its list. It means nothing, and need not be removable.
            try? UpdateJournal.remove(session)
            if state == changes.oldState { return }
            // An environment of somebody else that is already up to date need not be writable.
            if options.identity != nil || changes.oldState?.differsInNotes(from: state) == false {
                return (try? write(state.rendered(history), to: EnvironmentState.path, session)) ?? ()
            }
        }
        var history = history
        note(changes, in: &history)
        try write(state.rendered(history), to: EnvironmentState.path, session)
        if changes.isUpdate { try UpdateJournal.remove(session) }
        if changes.oldState?.relocation != nil { try RelocationJournal.remove(session) }
    }

    /// Which packages there are now, and which of them were asked for.
    func note(_ changes: EnvironmentChanges, in history: inout EnvironmentHistory) {
        let written = (changes.packages + changes.restoredPackages).map { package in
            EnvironmentHistory.Package(
                channel: package.source.origin(in: options.origin).channel, subdir: package.source.record.subdir,
                identity: package.source.identity)
        }
        let records = plan.packageRecords
        let names = Set(records.map(\.name))
        let requested = (options.requested ?? []).compactMap { spec -> String? in
            guard let name = DependencyOrder.dependencyName(spec), names.contains(name) else { return nil }
            return EnvironmentHistory.readable(spec) ?? name.text
        }
        history.note(
            written + changes.keptRecords.map(\.inHistory),
            requested: requested.isEmpty ? EnvironmentHistory.requested(of: records) : requested,
            time: options.date)
    }

    /// The modules whose byte code may no longer belong to them.
    private func outdated(_ changes: EnvironmentChanges) -> Set<PrefixPath> {
        changes.isMoved ? changes.disturbed.union(changes.files) : changes.disturbed
    }

    private func writeCacheTag(_ changes: EnvironmentChanges, _ session: PrefixSession) throws {
        let path = try PrefixPath("CACHEDIR.TAG")
        if hasCacheTag(changes) { return }
        if let status = try session.status(path) {
            if !changes.disturbed.contains(path) { return }
            // An interrupted update may have made a folder of that name. A folder with the user's files stays.
            if status.st_mode & S_IFMT == S_IFDIR, !session.removeDirectory(path) { return }
        }
        try write(Array(Self.cacheTag.utf8), to: path.bytes, session)
    }

    /// Whether a package has a `CACHEDIR.TAG` of its own, or a folder of that name.
    func hasCacheTag(_ changes: EnvironmentChanges) -> Bool {
        guard let path = try? PrefixPath("CACHEDIR.TAG") else { return true }
        return plan.shipsCacheTag || changes.wheelTargets.contains(path) || changes.folders.contains(path)
    }

    /// What the steps share.
    func context() -> InstallContext {
        InstallContext(
            prefix: plan.prefix, platform: plan.platform, python: plan.python, origin: options.origin,
            linkType: options.linkType, followsOriginal: options.followsOriginal)
    }

    /// - Parameter placed: the folders of unpacked packages that were moved as a whole already.
    func steps(
        _ changes: EnvironmentChanges, _ context: InstallContext, _ placed: StagedFolders = .none
    ) -> [any InstallStep] {
        packageSteps(changes.packages + changes.restoredPackages, context, placed)
            + (changes.wheels + changes.restoredWheels).map {
                WheelStep(plan: $0, isStrict: options.isStrict, placed: placed, reporter: reporter)
            }
    }

    /// The most costly first. The sort is stable: steps of equal cost keep their order.
    func sorted(_ steps: [any InstallStep]) -> [any InstallStep] {
        steps.enumerated().sorted { ($1.element.cost, $0.offset) < ($0.element.cost, $1.offset) }.map(\.element)
    }

    /// A step, and its place in what is written in order.
    struct Placed: Sendable {
        let step: any InstallStep
        let part: Int
        let turn: Int
    }

    private func packageSteps(
        _ packages: [PackagePlan], _ context: InstallContext, _ placed: StagedFolders
    ) -> [any InstallStep] {
        let verifier = ArchiveVerifier(packages.map(\.source))
        return packages.enumerated().map { index, package in
            PackageStep(plan: package, context: context, placed: placed) { [options] in
                if options.verifiesPackages { try verifier.verify(index) }
            }
        }
    }

    /// Does the steps in this order, each by one of the workers.
    ///
    /// - Parameter session: makes a worker's access to what is written into.
    func run(_ steps: [Placed], session: () -> any EnvironmentSession) throws {
        let bytes = steps.reduce(0) { $0 + $1.step.size }
        reporter.progress(.phaseBegan(name: "Installing packages", items: steps.count, bytes: bytes))
        defer { reporter.progress(.phaseEnded) }
        let team = DecoderTeam(idleWorkers: IdleWorkers())
        let workers = (0..<pool.width).map { _ in
            Exclusive(InstallWorker(session: session(), scratch: DecoderScratch(budget: options.budget, team: team)))
        }
        try pool.forEach(count: steps.count, idleWorkers: team.idleWorkers) { index, worker in
            let step = steps[index].step
            reporter.progress(.itemBegan(id: index, name: "\(step.name)", bytes: step.size))
            defer { reporter.progress(.itemEnded(id: index)) }
            try Interruption.check()
            let tools = workers[worker].value
            let reading = ReadProgress(of: step.size) { reporter.progress(.itemAdvanced(id: index, bytes: $0)) }
            tools.scratch.onRead = { reading.note($0) }
            defer { tools.scratch.onRead = nil }
            tools.session.begin(part: steps[index].part, turn: steps[index].turn)
            try step.run(tools)
            try tools.session.end()
            reading.end()
        }
    }

    func write(_ text: [UInt8], to path: ByteString, _ session: any EnvironmentSession) throws {
        try text.withUnsafeBytes {
            try session.write(try PrefixPath(path), mode: session.masked(0o666), $0, appears: .whenFinished)
        }
    }

    /// A value that only one thread uses.
    private struct Exclusive<Value>: @unchecked Sendable {
        let value: Value
        init(_ value: Value) { self.value = value }
    }

    /// The text of `CACHEDIR.TAG` (docs/spec/install.md#skeleton).
    static let cacheTag = """
        Signature: 8a477f597d28d172789f06886806bc55
        # This file is a cache directory tag created by rattler.
        # For information about cache directory tags, see:
        #\thttps://bford.info/cachedir/

        """

    /// The files that the installation itself puts into an environment if no package has them.
    static let ownFiles: [RelativePath] = [EnvironmentState.path, "CACHEDIR.TAG"].compactMap { try? RelativePath($0) }
}
