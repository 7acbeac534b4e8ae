import Archive
import CondaModel
import Install
import Support

/// Makes an environment from a pack: check, plan, install out of sight, let it appear, write the activation script.
public struct Unpacker: Sendable {
    private let options: UnpackOptions
    private let reporter: any Reporter
    private let pool: WorkerPool

    /// What was made.
    public struct Summary: Sendable, Equatable {
        /// The absolute path of the environment.
        public let prefix: ByteString
        /// The activation scripts; one for each file name.
        public let activationScripts: [ByteString]
        public let packages: Int
        public let wheels: Int
    }

    public init(_ options: UnpackOptions, reporter: any Reporter) {
        self.options = options
        self.reporter = reporter
        pool = WorkerPool(width: options.jobs ?? WorkerPool.usableCPUs)
    }

    /// Opens the pack and unpacks it; one that comes through a pipe is spooled beside the environment.
    ///
    /// - Throws: `Failure`; then nothing was changed.
    public func unpack(_ source: PackSource) throws -> Summary {
        Interruption.begin()
        return try unpack(try source.open(spoolingTo: try nearestDirectory(options.outputDirectory)).reader)
    }

    /// The output directory, or what is there of the path to it.
    private func nearestDirectory(_ path: ByteString) throws -> ByteString {
        var path = AbsolutePath.make(path, current: try Unpacker.currentDirectory(for: [path]))
        while try path != "/" && !Sys.exists(path) { path = path.parentPath }
        return path
    }

    /// - Throws: `Failure`; then nothing was changed.
    public func unpack(_ given: PackReader) throws -> Summary {
        let pack = try Bundle.select(from: given, environment: options.environment)
        let manifest = try PackManifest(of: pack)
        try manifest.requireCurrentPlatform()
        if let producer = manifest.producer { reporter.info("The pack was made by pixi-pack \(producer).") }
        let current = try Unpacker.currentDirectory(for: [options.outputDirectory, pack.path])
        let prefix = try self.prefix(current)
        try FreshPrefix.requireRoom(for: prefix, replacing: options.force)
        let folder = AbsolutePath.make(options.outputDirectory, current: current)
        try options.activation.check(prefix: prefix, folder: folder)

        let origin = AbsolutePath.make(pack.path, current: current)
        try check(pack, manifest.contents)
        let work = try plan(pack, manifest, prefix: prefix, origin: origin)
        report(work.plan.conflicts)
        let umask = options.umask ?? ProcessUmask.original
        let place = try FreshPrefix(prefix, replacing: options.force, umask: umask)
        defer { place.giveUp() }
        var settings = Installer.Options(umask: umask, origin: origin)
        settings.verifiesPackages = options.verifiesPackages
        try Installer(work.plan, options: settings, pool: pool, reporter: reporter)
            .install(into: place.workplace, further: work.wheels.map { WheelStep($0) })
        let scripts = try describing("could not create the activation script") {
            try options.activation.make(
                prefix: prefix, folder: folder, sources: try ActivationSources(environmentAt: place.workplace))
        }
        try Interruption.check()
        try place.commit()
        let scriptPaths = try scripts.map { script in
            let path = options.outputDirectory.appending(path: script.name)
            try describing("could not create the activation script") {
                try WholeFile.write(script.bytes, to: path, umask: umask)
            }
            return path
        }
        reporter.note("💫 Finished unpacking to \(options.outputDirectory).")
        return Summary(
            prefix: prefix, activationScripts: scriptPaths, packages: work.plan.packageCount, wheels: work.wheels.count)
    }

    /// Compares the pack with what it says of itself, and says what it lacks. Packages are compared with the index when
    /// they are installed.
    private func check(_ pack: PackReader, _ contents: PackContents?) throws {
        guard let contents else { return }
        let check = ContentsCheck(contents)
        if options.verifiesPackages {
            try check.checkSizes(pack)
            let others = pack.members.filter {
                $0.name.components.first != "channel" || $0.name.lastComponent == "repodata.json"
            }
            try pool.forEach(count: others.count) { index, _ in try check.checkHash(of: others[index]) }
        }
        check.warnOfLeftOut(reporter)
    }

    /// What relative paths are relative to; it may be gone where none of them is.
    static func currentDirectory(for paths: [ByteString]) throws -> ByteString {
        paths.allSatisfy { $0.hasPrefix("/") } ? "/" : try Sys.currentDirectory()
    }

    private func prefix(_ current: ByteString) throws -> ByteString {
        let prefix = AbsolutePath.prefix(
            output: options.outputDirectory, name: options.environmentName, current: current)
        guard prefix.string != nil else {
            throw Failure("the path of the environment '\(prefix)' is not valid UTF-8")
        }
        return prefix
    }

    private func plan(
        _ pack: PackReader, _ manifest: PackManifest, prefix: ByteString, origin: ByteString
    ) throws -> (plan: InstallPlan, wheels: [WheelPlan]) {
        let packages = try PackIndex.packages(of: pack)
        let wheels = try WheelSelection.plans(
            of: pack, python: try PythonInfo.find(in: packages), prefix: prefix, platform: manifest.platform,
            packURL: FileURL.text(origin), checksTags: options.checksWheelTags, scratch: DecoderScratch())
        let plan = try InstallPlan(
            packages: packages, prefix: prefix, platform: manifest.platform,
            overriding: Set(wheels.flatMap(\.targets).map { PrefixPath($0) }), pool: pool)
        return (plan, wheels)
    }

    /// The paths several packages have: how many, and in detail with `-v`.
    private func report(_ conflicts: [InstallPlan.Conflict]) {
        if conflicts.isEmpty { return }
        let paths = conflicts.count == 1 ? "1 path is" : "\(conflicts.count) paths are"
        reporter.note("\(paths) in more than one package; the files that lost are in __clobbers__ (-v lists them).")
        for conflict in conflicts {
            reporter.info(
                "'\(conflict.path)' is that of \(conflict.winner), not of \(conflict.losers.joined(separator: ", ")).")
        }
    }
}

/// A wheel as a step of an installation.
private struct WheelStep: InstallStep {
    let plan: WheelPlan

    init(_ plan: WheelPlan) { self.plan = plan }

    var name: String { plan.fileName }
    var size: Int64 { plan.size }

    func run(_ worker: InstallWorker) throws {
        try WheelInstaller.install(plan, session: worker.session, scratch: worker.scratch)
    }
}
