import Archive
import CondaModel
import Fetch
import Lockfile
import Support

/// What goes into a pack: the packages of the lock file that are ready, what was injected and what was built; and what
/// is left out.
struct PackSelection: Sendable {
    /// Built conda packages and wheels, in the lock file's order.
    private(set) var locked: [LockedPackage] = []
    /// Packages built now, in the lock file's order, then those given by the user.
    private(set) var added = InjectedFiles()
    private(set) var built: [BuildNote] = []
    /// What a dry run leaves unbuilt.
    private(set) var unbuilt: [PackForecast.Unbuilt] = []
    private(set) var leftOut: [PackContents.LeftOut] = []
    /// File names of what the user gave.
    private(set) var injected: [String] = []
    /// Locked packages at hand that no path leads to, by their location.
    let opened: [ByteString: OriginPacks.Member]
    /// Whether something was added that nobody has validated yet.
    private(set) var needsValidation = false

    private let options: PackOptions
    let platform: LockPlatform
    private let baseDirectory: ByteString
    private let reporter: any Reporter

    /// Chooses, builds what has to be built, and checks the whole.
    ///
    /// - Throws: `Failure`; one that can be known beforehand before anything is built.
    init(_ input: PackInput, options: PackOptions, fetcher: Fetcher, reporter: any Reporter) throws {
        self.options = options
        platform = input.platform
        baseDirectory = input.baseDirectory
        opened = input.opened
        self.reporter = reporter
        let given = try InjectedFiles(options.inject, reporter: reporter)
        injected = given.packages.map(\.fileName) + given.wheels.map(\.fileName)
        var sources: [LockedSource] = []
        var nonWheels: [LockedPyPI] = []
        for package in input.packages {
            switch package {
            case .conda(let conda):
                if !given.replaces(conda: conda.record.name, fileName: conda.fileName, reporter: reporter) {
                    locked.append(package)
                }
            case .condaSource(let source):
                let name = "\(source.name) (\(source.location.redacted))"
                if !given.replaces(conda: source.name, fileName: name, reporter: reporter) { sources.append(source) }
            case .pypi(let python):
                let name = python.location.lastSegment?.lossyString ?? python.name.text
                if given.replaces(pypi: python.name, source: name, reporter: reporter) { continue }
                if python.isWheel { locked.append(package) } else { nonWheels.append(python) }
            }
        }
        try find(
            input.unavailable.filter { !given.replaces(pypi: $0.name, source: $0.name.text, reporter: reporter) },
            fetcher)
        try judge(nonWheels)
        if let prefix = options.prefix, !options.isDryRun {
            try OriginCheck(prefix, settings: options.fetch).check(locked.filter { opened[$0.location.text] == nil })
        }
        if options.isDryRun {
            unbuilt += sources.map { PackForecast.Unbuilt(name: $0.name, source: $0.location.redacted) }
            if options.buildsWheels {
                unbuilt += nonWheels.map { PackForecast.Unbuilt(name: $0.name.text, source: NonWheel.source($0)) }
            }
        } else {
            let names = input.packages.compactMap { package in
                if case .condaSource(let source) = package { return ByteString(source.name) }
                return nil
            }
            try build(sources, among: Set(names), fetcher)
            if options.buildsWheels { try build(nonWheels, fetcher) }
        }
        needsValidation = !added.packages.isEmpty || !given.packages.isEmpty
        for package in given.packages { added.add(package, reporter: reporter) }
        for wheel in given.wheels { added.add(wheel, reporter: reporter) }
        // What is not built cannot be found to fit.
        if unbuilt.isEmpty { try validate() }
        if options.carriesActivation { try addActivation() }
    }

    /// The records in the order of environment.yml.
    private var records: [PackageRecord] {
        let locked = locked.compactMap { package in
            if case .conda(let conda) = package { return conda.record }
            return nil
        }
        return locked + added.packages.map(\.record)
    }

    // MARK: Checks

    /// Refuses what is no wheel, or leaves it out, or lets it be built (docs/spec/lock.md#wheels).
    private mutating func judge(_ packages: [LockedPyPI]) throws {
        if packages.isEmpty || options.buildsWheels { return }
        guard options.ignoresNonWheels else { throw NonWheel.refusal(packages) }
        for package in packages {
            reporter.warn("ignoring PyPI package \(package.name) since it is not a wheel file")
            leftOut.append(
                .init(name: package.name.text, source: NonWheel.source(package), reason: "it is not a wheel"))
        }
    }

    /// Looks in indexes for what nobody knows the origin of; refuses the rest, or leaves it out.
    private mutating func find(_ unrecorded: [UnrecordedWheel], _ fetcher: Fetcher) throws {
        let indexes = try options.indexes ?? WheelIndex.configured(options.fetch)
        // A dry run fetches nothing, neither pages of an index nor wheels to compare.
        if options.isDryRun, !indexes.isEmpty {
            unbuilt += unrecorded.map { PackForecast.Unbuilt(name: $0.name.text, source: "an index") }
            return
        }
        let index = WheelIndex(indexes: indexes, fetcher: fetcher)
        var packages: [UnrecordedWheel] = []
        for package in unrecorded {
            guard let wheel = try index.find(package, reporter: reporter) else {
                packages.append(package)
                continue
            }
            reporter.info("'\(wheel.fileName)' is what '\(package.name)' was installed from")
            added.add(wheel, reporter: reporter)
        }
        if packages.isEmpty { return }
        let names = packages.map(\.name.text).listed()
        guard options.ignoresNonWheels else {
            throw Failure(
                indexes.isEmpty
                    ? "it is not recorded where these Python packages come from, or they are not there any more: "
                        + names
                    : "it is not recorded where these Python packages come from, and no index has them as they are: "
                        + names,
                remedy: "Name the index they came from with --index-url URL, give their wheels with --inject FILE.whl, "
                    + "or leave them out with --ignore-pypi-non-wheel.")
        }
        reporter.warn("left out, as nothing tells where their wheels are: \(names)")
        leftOut += packages.map(\.leftOut)
    }

    private func validate() throws {
        if needsValidation { try EnvironmentValidation(records).check() }
        let glibc = platform.virtualPackages.compactMap { text -> WheelTags.Release? in
            let parts = text.split(separator: "=")
            return parts.count > 1 && parts[0] == "__glibc" ? WheelTags.Release(String(parts[1])) : nil
        }.first
        let others = locked.compactMap { package -> WheelSetCheck.Wheel? in
            guard case .pypi(let python) = package else { return nil }
            return .init(
                fileName: python.location.lastSegment?.lossyString ?? python.name.text, name: python.name,
                version: python.version.flatMap { try? PEP440Version($0) }, requiresDist: python.requiresDist)
        }
        let problems = WheelSetCheck(conda: records, platform: platform.subdir, glibc: glibc)
            .problems(others + added.wheels.map(\.checked))
        if problems.isEmpty { return }
        if options.isStrict {
            throw Failure(
                problems.count == 1
                    ? problems[0]
                    : "the wheels do not fit together:\n  " + problems.joined(separator: "\n  "),
                remedy: "Without --strict this is a warning.")
        }
        for problem in problems { reporter.warn(problem) }
    }

    // MARK: Builds

    /// - Parameter sourceNames: the names of all source packages of the environment, also of those that are not built.
    private mutating func build(
        _ sources: [LockedSource], among sourceNames: Set<ByteString>, _ fetcher: Fetcher
    ) throws {
        if sources.isEmpty { return }
        var builder = SourcePackageBuilder(
            baseDirectory: baseDirectory, platform: platform.subdir, reporter: reporter)
        builder.isVerbose = options.showsBuildOutput
        builder.fetcher = fetcher
        if let path = options.searchPath { builder.searchPath = path }
        for source in sources {
            let needed = source.depends.compactMap { try? MatchSpec($0) }.map { ByteString($0.name) }
            let needsOthers = needed.contains { sourceNames.contains($0) && $0 != ByteString(source.name) }
            let (package, note) = try builder.build(source, needsOthers: needsOthers)
            added.add(package, reporter: reporter)
            built.append(note)
        }
    }

    private mutating func build(_ packages: [LockedPyPI], _ fetcher: Fetcher) throws {
        if packages.isEmpty { return }
        let python = try pythonOfPack(packages)
        let tags = WheelTags(
            python: python.release, isFreeThreaded: python.isFreeThreaded, platform: platform.subdir)
        var maker = WheelMaker(tags: tags, reporter: reporter)
        maker.isVerbose = options.showsBuildOutput
        if let path = options.searchPath { maker.searchPath = path }
        for package in packages { try require(package.requiresPython, of: package.name.text) }
        for package in packages {
            let scratch = try ScratchDirectory()
            defer { withExtendedLifetime(scratch) {} }
            let place = try NonWheel.place(of: package, baseDirectory: baseDirectory, scratch: scratch, fetcher)
            let (wheel, note) = try maker.build(
                WheelMaker.Source(name: package.name, place: place, text: NonWheel.source(package)))
            try require(wheel.metadata.requiresPython, of: wheel.fileName)
            if let locked = package.version.flatMap({ try? PEP440Version($0) }), locked != wheel.name.version {
                reporter.warn(
                    "the wheel built of '\(package.name)' has the version \(wheel.name.version), "
                        + "the lock file says \(locked)")
            }
            added.add(wheel, reporter: reporter)
            built.append(note)
        }
    }

    /// Builders do not agree on looking at this; what they built could not be used.
    private func require(_ specifiers: String?, of name: String) throws {
        guard let specifiers, let python = records.first(where: { $0.name.utf8.elementsEqual("python".utf8) }),
            let version = try? PEP440Version(python.version), let wanted = try? PEP440Specifiers(specifiers),
            !wanted.contains(version)
        else { return }
        throw Failure(
            "'\(name)' requires Python \(specifiers), the pack has \(version)",
            remedy: "Choose another version of Python or of the package, and lock again.")
    }

    private func pythonOfPack(_ packages: [LockedPyPI]) throws -> (release: WheelTags.Release, isFreeThreaded: Bool) {
        guard let python = records.first(where: { $0.name.utf8.elementsEqual("python".utf8) }),
            let release = WheelTags.Release(python.version)
        else {
            throw Failure(
                "cannot build wheels of \(packages.map(\.name.text).listed()): "
                    + "the environment has no conda package 'python' to build them for",
                remedy: "Add python to the workspace and lock again.")
        }
        return (release, python.pythonSitePackagesPath?.hasSuffix("t/site-packages") ?? false)
    }

    // MARK: Activation

    /// `[activation]` of the manifest as a package; a manifest nobody can read stops no pack, as with the original.
    private mutating func addActivation() throws {
        let manifest: WorkspaceManifest?
        do {
            manifest = try WorkspaceManifest.find(options.manifest)
        } catch {
            reporter.warn("[activation] of the workspace is not packed: \(error)")
            return
        }
        guard let manifest else { return }
        let activation = WorkspaceActivation(
            manifest: manifest.root, environment: options.environment, platform: platform.subdir)
        if activation.isEmpty { return }
        let package = try ActivationPackage(
            activation, baseDirectory: manifest.path.parentPath, reporter: reporter
        ).make()
        added.add(package, reporter: reporter)
    }
}
