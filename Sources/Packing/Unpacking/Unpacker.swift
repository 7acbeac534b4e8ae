import Archive
import CondaModel
import Install
import Inventory
import LibC
import Support

/// Makes an environment from a pack: check, plan, install, write the activation script. A new environment is built out
/// of sight and appears whole; one that is there is updated in place.
public struct Unpacker: Sendable {
    private(set) var options: UnpackOptions
    let reporter: any Reporter
    let pool: WorkerPool
    let umask: UInt32
    /// The workspace that is made with the environment.
    private(set) var workspace: PixiWorkspace?
    /// Whether the pack's packages are in an image, which was unpacked before.
    private(set) var isOfImage = false
    /// What is unpacked while the pack still comes; nil: nothing.
    var staging: PackageStaging?

    /// What completes an environment that was made of an image.
    func afterImage() -> Unpacker {
        var unpacker = self
        unpacker.options.force = false
        unpacker.isOfImage = true
        return unpacker
    }

    public init(_ options: UnpackOptions, reporter: any Reporter) {
        self.options = options
        self.reporter = reporter
        pool = WorkerPool(width: options.jobs ?? WorkerPool.usableCPUs)
        umask = options.umask ?? ProcessUmask.original
        if let folder = options.workspace {
            self.options.outputDirectory = folder.appending(path: PixiWorkspace.environments)
            self.options.activation.shells = []
        }
    }

    /// Opens the pack and unpacks it; one that comes through a pipe is spooled beside the environment.
    ///
    /// - Throws: `Failure`; see `unpack(_:)`.
    @discardableResult
    public func unpack(_ source: PackSource) throws -> Summary {
        var unpacker = self
        unpacker.staging = try makeStaging()
        defer { unpacker.staging?.discard() }
        let arriving = unpacker.staging.map { staging in
            ArrivingPack(atOnce: pool.width, { staging.take($0) }, forget: { staging.forget() })
        }
        var pack = try source.open(
            spoolingTo: try nearestDirectory(options.outputDirectory), trust: options.trust,
            maximumSize: options.maximumSize, network: options.network, arriving: arriving, reporter: reporter)
        if let staging = unpacker.staging {
            staging.end()
            pack.reader = pack.reader.knowing { staging.digest(of: $0) }
        }
        pack.reportSignature(reporter)
        return try unpacker.unpack(pack)
    }

    /// What is noted of the environment, for those who run commands in it; nil for packs that do not list their files:
    /// they would have to be read once more.
    func identity(of pack: OpenPack) throws -> EnvironmentIdentity? {
        let selected = try Bundle.select(from: pack.reader, pack.form, environment: options.environment)
        return selected.manifest.contents == nil ? nil : try EnvironmentIdentity(of: pack, options)
    }

    /// Unpacks.
    ///
    /// - Throws: `Failure`; then a new environment leaves nothing behind, and the update of one that was there is
    ///   completed by doing it again.
    @discardableResult
    public func unpack(_ given: PackReader) throws -> Summary {
        try unpack(given, PackManifest.form(of: given), as: nil)
    }

    func unpack(
        _ given: PackReader, _ form: PackManifest.Form, as identity: EnvironmentIdentity?
    ) throws -> Summary {
        Interruption.begin()
        let selected = try Bundle.select(from: given, form, environment: options.environment)
        guard let folder = options.workspace else { return try unpack(selected, form, as: identity) }
        var unpacker = self
        let workspace = try PixiWorkspace(at: folder, selected.manifest, of: given.path)
        unpacker.workspace = workspace
        unpacker.options.environmentName = ByteString(workspace.environment)
        var summary = try unpacker.unpack(selected, form, as: identity)
        summary.workspace = workspace.folder
        return summary
    }

    private func unpack(
        _ selected: PlainPack, _ form: PackManifest.Form, as identity: EnvironmentIdentity?
    ) throws -> Summary {
        let manifest = selected.manifest
        try sayEnvironment(manifest, of: form)
        try manifest.requirePlatform(options.checksHost && options.prefix == nil ? .same : .sameLayout)
        let pack = try completed(selected.reader, manifest)
        if let producer = manifest.producer { reporter.info("The pack was made by pixi-pack \(producer).") }
        let target = try self.target()
        let (place, prefix, folder) = (target.place, target.prefix, target.folder)
        try PrefixPlace.requireUsable(place)
        let origin = try Unpacker.resolved(pack.path)
        let files = [origin] + (try options.base.map { [try Unpacker.resolved($0)] } ?? [])
        try target.requireOwnPlace(packs: files)
        var lock = options.isDryRun ? nil : try occupy(place)
        if lock?.hasWaited == true {
            // All processes that waited may compare the environment at the same time.
            lock = nil
            if let summary = try made(pack, manifest, target, origin) { return summary }
            lock = try occupy(place)
        }
        defer { withExtendedLifetime(lock) {} }
        let decision: Decision
        switch try settled(pack, manifest, target, identity) {
        case .done(let summary): return summary
        case .differs(let known): decision = known
        case .unknown:
            let installed = options.force ? nil : try self.installed(at: place)
            if installed == nil { try PrefixPlace.check(place, replacing: options.force) }
            try options.activation.check(place: place, folder: folder)
            decision = try decide(pack, manifest, installed, place: place, prefix: prefix)
        }
        let (plan, wheels, changes) = (decision.plan, decision.wheels, decision.changes)
        let around = Surroundings(target: target, files: try workspaceFiles(pack, plan))
        sayOtherMachine(plan)
        let replaced = WheelConflicts.find(plan, wheels)
        report(plan.conflicts, replaced)
        try options.activation.kernel?.requireSpec(in: changes)
        try requireSpace(for: changes)
        var scripts: [ByteString] = []
        if !options.isDryRun {
            var settings = Installer.Options(umask: umask, origin: prefix.isNamed ? FinalPrefix.unknownPack : origin)
            settings.verifiesPackages = options.verifiesPackages
            settings.isStrict = options.isStrict
            settings.followsOriginal = options.followsOriginal
            // A number of workers that was asked for is a number of threads.
            if options.jobs != nil { settings.mostInFlight = 0 }
            settings.budget = staging?.budget ?? DecodingBudget(total: options.maximumSize)
            if !prefix.isNamed {
                settings.linkType = LinkType(
                    pack: origin, temporary: ProcessEnvironment.current.temporaryFolder,
                    prefix: try nearestDirectory(place))
            }
            // What was there before may have come by other ways than the bytes that were signed.
            if let identity, decision.installed == nil || identity.signature == nil {
                settings.identity = (identity.key, identity.signature)
            }
            settings.basis = decision.basis?.reporting(plan.conflicts, replaced)
            settings.requested = manifest.contents?.requested
            if let date = SBOMFile.sourceDateEpoch, date >= 0 { settings.date = date }
            // An environment that is replaced takes its shortcuts with it.
            let former = decision.shortcuts ?? (try? InstalledEnvironment(at: place))?.shortcuts ?? []
            let installer = Installer(plan, options: settings, pool: pool, reporter: reporter)
            if let installed = decision.installed {
                scripts = try update(installed, changes, installer, around)
            } else {
                scripts = try make(changes, installer, around)
            }
            try finish(place, plan, changes, former)
        }
        return Summary(
            place: place, prefix: prefix, activationScripts: scripts, changes: changes,
            isNew: decision.installed == nil)
    }

    private func make(
        _ changes: EnvironmentChanges, _ installer: Installer, _ around: Surroundings
    ) throws -> [ByteString] {
        let place = try FreshPrefix(
            around.target.place, replacing: options.force, umask: umask, trustsOwner: options.trustsOwner)
        defer { place.giveUp() }
        try installer.install(into: place.workplace, changes)
        let texts = try files(at: place.workplace, around)
        // Scripts inside the environment can only be written once the environment is at its place.
        let prefix = around.target.place
        let inside = prefix.bytes.last == UInt8(ascii: "/") ? prefix : prefix + "/"
        let isInside = texts.contains { $0.path.hasPrefix(inside) }
        var staged = isInside ? [] : try stage(texts)
        try Interruption.check()
        try place.commit {
            if isInside { staged = try stage(texts) }
            try describingScripts { try StagedFile.appear(staged) }
        }
        return texts.filter(\.isScript).map(\.path)
    }

    private func update(
        _ installed: ByteString, _ changes: EnvironmentChanges, _ installer: Installer, _ around: Surroundings
    ) throws -> [ByteString] {
        try describing(
            "could not update the environment '\(installed)'", remedy: "Run the same again to complete the update."
        ) {
            try installer.install(into: installed, changes)
        }
        return try write(try files(at: installed, around))
    }

    /// What only runs on demand, in the environment at its final place.
    private func finish(
        _ place: ByteString, _ plan: InstallPlan, _ changes: EnvironmentChanges, _ shortcuts: [ByteString]
    ) throws {
        if options.runsPostLink {
            try LinkScripts(plan, changes, prefix: place).run(umask: umask, reporter: reporter)
        } else if let text = PostLinkNote.text(changes.postLinkPackages) {
            reporter.warn("\(text) not run; with --run-post-link they are")
        }
        if options.shortcuts != nil || !shortcuts.isEmpty {
            let count = try Shortcuts(
                prefix: place, python: plan.python, environment: .current, umask: umask, reporter: reporter
            ).apply(options.shortcuts ?? .make, former: shortcuts)
            reporter.note(
                "The environment has \(count == 1 ? "1 shortcut" : "\(count) shortcuts") among the applications.")
        }
        guard let mode = options.byteCode, let byteCode = ByteCode(plan, changes, mode: mode, at: place) else {
            return
        }
        let result = try byteCode.compile(mode, umask: umask, jobs: pool.width, reporter: reporter)
        let failed = result.failed == 0 ? "" : "; \(result.failed) could not be compiled (-v lists them)"
        reporter.note("Compiled \(result.modules - result.failed) Python modules\(failed).")
    }

    // MARK: Before

    /// Says which environment of a bundle is taken.
    ///
    /// - Throws: `Failure` if the folder is called like another one: that may have been meant.
    private func sayEnvironment(_ manifest: PackManifest, of form: PackManifest.Form) throws {
        guard case .bundle(let environments) = form else { return }
        let name = manifest.contents?.environment ?? "default"
        let folder = options.environmentName
        if options.environment == nil, folder != ByteString(name),
            environments.contains(where: { ByteString($0.name) == folder })
        {
            throw Failure(
                "the bundle has an environment '\(folder)', but '\(name)' would be unpacked into the folder '\(folder)': "
                    + "--env-name names the folder only",
                remedy:
                    "Take that environment with --environment \(folder), or say --environment \(name) if this one is meant."
            )
        }
        reporter.note("Taking the environment '\(name)' for \(manifest.platform.rawValue) of the bundle.")
    }

    func target() throws -> UnpackTarget {
        try UnpackTarget.resolve(
            output: options.outputDirectory, name: options.environmentName, prefix: options.prefix)
    }

    /// Keeps others from changing the environment meanwhile, and puts right what killed runs left.
    func occupy(_ place: ByteString) throws -> PlaceLock {
        let reporter = reporter
        let lock = try PlaceLock.acquire(
            place, umask: umask, waiting: options.waits ? .announced { reporter.note($0) } : .refused,
            trustsOwner: options.trustsOwner)
        try PrefixPlace.tidy(place, trustsOwner: options.trustsOwner)
        return lock
    }

    /// The environment that is there, if it is one to go on with.
    func installed(at place: ByteString) throws -> InstalledEnvironment? {
        guard let installed = try InstalledEnvironment(at: place, repairing: options.repairs) else { return nil }
        if !options.trustsOwner { try EnvironmentOwner.require(place) }
        return installed
    }

    /// Compares the pack with what it says of itself, and says what it lacks. Packages are compared with the index when
    /// they are installed.
    ///
    /// - Parameter unread: what is not needed of a pack that lies elsewhere.
    func check(
        _ pack: PackReader, _ contents: PackContents?, without unread: Set<RelativePath> = []
    ) throws {
        guard let contents else {
            if options.verifiesPackages { try PipPart.check(pack) }
            return
        }
        let check = MemberListCheck(contents)
        if options.verifiesPackages {
            try check.checkSizes(pack)
            let others = pack.members.filter {
                ($0.name.components.first != "channel" || $0.name.lastComponent == "repodata.json")
                    && !unread.contains($0.name)
            }
            try pool.forEach(count: others.count) { index, _ in try check.checkHash(of: others[index]) }
        }
        check.warnOfLeftOut(reporter)
    }

    /// What relative paths are relative to; it may be gone where none of them is.
    static func currentDirectory(for paths: [ByteString]) throws -> ByteString {
        guard let relative = paths.first(where: { !$0.hasPrefix("/") }) else { return "/" }
        return try describing("could not tell where '\(relative)' is") { try Sys.currentDirectory() }
    }

    /// The absolute path of a pack, without links and dots.
    static func resolved(_ path: ByteString) throws -> ByteString {
        try PathResolution.resolve(AbsolutePath.make(path, current: currentDirectory(for: [path])))
    }

    /// The pack with the packages of its base, if one is named.
    func completed(_ pack: PackReader, _ manifest: PackManifest) throws -> PackReader {
        guard let path = options.base else { return pack }
        guard manifest.isDelta else {
            throw Failure("'\(pack.path)' is a whole pack, which needs no base", remedy: "Leave --base out.")
        }
        let base = try PackSource(argument: path).open(
            spoolingTo: try nearestDirectory(options.outputDirectory), maximumSize: options.maximumSize,
            network: options.network, reporter: reporter
        ).reader
        return try DeltaBase.complete(pack, manifest.required, from: Bundle.base(in: base, for: manifest))
    }

    /// The hash of every wheel: of what is installed nothing else tells which archive it came from.
    func wheelDigests(_ pack: PackReader, _ contents: PackContents?) throws -> [RelativePath: SHA256Digest] {
        var known: [RelativePath: SHA256Digest] = [:]
        if let contents, options.verifiesPackages {
            // These hashes have been compared with the contents already.
            for file in contents.required ?? [] { if let digest = file.sha256 { known[file.path] = digest } }
            for member in contents.members { known[member.path] = member.sha256 }
        }
        let wheels = pack.members.filter { $0.name.parent?.bytes == "pypi" && known[$0.name] == nil }
        let found = Locked<[RelativePath: SHA256Digest]>([:])
        try pool.forEach(count: wheels.count) { index, _ in
            let digest = try wheels[index].sha256()
            found.withLock { $0[wheels[index].name] = digest }
        }
        return known.merging(found.withLock { $0 }) { first, _ in first }
    }

    func requireLimit(_ changes: EnvironmentChanges) throws {
        if let limit = options.maximumSize, changes.bytes > limit {
            throw Failure(
                "the environment needs \(changes.bytes) bytes, more than the \(limit) allowed",
                remedy: "If you trust the pack, allow more with --max-unpacked-size.")
        }
    }

    private func requireSpace(for changes: EnvironmentChanges) throws {
        try requireLimit(changes)
        try SpaceCheck.require(
            max(0, changes.bytes - (staging?.bytes ?? 0)), at: try nearestDirectory(options.outputDirectory),
            for: "the environment")
    }

    /// A directory, or what is there of the path to it.
    func nearestDirectory(_ path: ByteString) throws -> ByteString {
        var path = AbsolutePath.make(path, current: try Unpacker.currentDirectory(for: [path]))
        while try path != "/" && !Sys.exists(path) { path = path.parentPath }
        return path
    }
}
