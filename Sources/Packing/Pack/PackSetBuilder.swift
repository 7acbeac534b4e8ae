import CondaModel
import Fetch
import Lockfile
import SelfExtract
import Support

/// Makes a set of packages of a selection: looks for wheels in indexes, and runs the tools that build what there is no
/// package of. A dry run notes what it would do instead.
struct PackSetBuilder {
    let request: PackRequest
    let fetcher: Fetcher
    let reporter: any Reporter

    /// Makes all sets; programs of self-extracting packs come first, so that one that cannot be used is known early.
    ///
    /// - Throws: `Failure`; one that can be known beforehand before anything is built.
    func build(_ selections: [PackSelection]) throws -> [PackSet] {
        var programs: [Platform: EmbeddedRuntime] = [:]
        for platform in Set(selections.map(\.environment.platform.subdir)) {
            programs[platform] = try program(for: platform)
        }
        return try selections.map { selection in
            var set = PackSet(selection, program: programs[selection.environment.platform.subdir])
            try build(&set)
            return set
        }
    }

    /// The program of a self-extracting pack; nil for other packs, and in a dry run if it had to be fetched.
    private func program(for platform: Platform) throws -> EmbeddedRuntime? {
        guard case .executable(_, let source) = request.output else { return nil }
        let runtime =
            request.isDryRun
            ? try source.localRuntime(for: platform, reporter: reporter)
            : try source.runtime(for: platform, settings: request.fetch, reporter: reporter)
        if let image = request.executableImage, let runtime { try image.check(for: platform, runtime) }
        return runtime
    }

    private func build(_ set: inout PackSet) throws {
        let selection = set.selection
        if let prefix = request.prefix, !request.isDryRun {
            let opened = set.environment.opened
            try OriginCheck(prefix, settings: request.fetch).check(
                set.locked.filter { opened[$0.location.text] == nil })
        }
        try find(selection.unrecorded, &set)
        if request.isDryRun {
            set.leaveUnbuilt(
                selection.sources.map { .init(name: $0.name.text, source: $0.location.redacted) }
                    + selection.nonWheels.map { .init(name: $0.name.text, source: NonWheel.source($0)) })
        } else {
            try build(selection.sources, &set)
            try build(selection.nonWheels, &set)
        }
        for package in selection.input.given.packages { set.add(package, nil, reporter) }
        for wheel in selection.input.given.wheels { set.add(wheel, nil, reporter) }
        try set.check(request, reporter)
        if request.addsPip { try addPip(&set) }
        try addActivation(&set)
        if request.carriesWorkspace {
            set.carry(try CarriedWorkspace(set.environment, selection.input, reporter: reporter))
        }
    }

    // MARK: Wheels of an environment on the disk

    /// Looks in indexes for packages whose origin is not known; those it does not find are refused or left out.
    private func find(_ unrecorded: [UnrecordedWheel], _ set: inout PackSet) throws {
        if unrecorded.isEmpty { return }
        let indexes = try request.indexes ?? WheelIndex.configured(request.fetch)
        // A dry run fetches nothing, neither pages of an index nor wheels to compare.
        if request.isDryRun, !indexes.isEmpty {
            return set.leaveUnbuilt(unrecorded.map { .init(name: $0.name.text, source: "an index") })
        }
        let index = WheelIndex(indexes: indexes, fetcher: fetcher)
        var packages: [UnrecordedWheel] = []
        for package in unrecorded {
            guard let wheel = try index.find(package, reporter: reporter) else {
                packages.append(package)
                continue
            }
            reporter.info("'\(wheel.fileName)' is what '\(package.name)' was installed from")
            set.add(wheel, nil, reporter)
        }
        if packages.isEmpty { return }
        let names = packages.map(\.name.text).listed()
        guard request.ignoresNonWheels else {
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
        set.leaveOut(packages.map(\.leftOut))
    }

    // MARK: Conda packages

    private func build(_ sources: [LockedSource], _ set: inout PackSet) throws {
        if sources.isEmpty { return }
        // Also those that are replaced: what is built may need them.
        let names = Set(
            set.environment.packages.compactMap { package in
                if case .condaSource(let source) = package { return source.name }
                return nil
            })
        var builder = SourcePackageBuilder(
            baseDirectory: set.environment.baseDirectory, platform: set.environment.platform.subdir,
            reporter: reporter)
        builder.isVerbose = request.showsBuildOutput
        builder.fetcher = fetcher
        if let path = request.searchPath { builder.searchPath = path }
        for source in sources {
            let needed = source.depends.compactMap { try? MatchSpec($0) }.map(\.name)
            let needsOthers = needed.contains { names.contains($0) && $0 != source.name }
            let (package, note) = try builder.build(source, needsOthers: needsOthers)
            set.add(package, note, reporter)
        }
    }

    // MARK: Wheels

    private func build(_ packages: [LockedPyPI], _ set: inout PackSet) throws {
        if packages.isEmpty { return }
        let python = try PackSetPython(set.records, for: packages)
        let tags = WheelTags(
            python: python.release, isFreeThreaded: python.isFreeThreaded, platform: set.environment.platform.subdir)
        var maker = WheelMaker(tags: tags, reporter: reporter)
        maker.isVerbose = request.showsBuildOutput
        if let path = request.searchPath { maker.searchPath = path }
        for package in packages { try python.require(package.requiresPython, of: package.name.text) }
        for package in packages {
            let scratch = try ScratchDirectory()
            defer { withExtendedLifetime(scratch) {} }
            let place = try NonWheel.place(
                of: package, baseDirectory: set.environment.baseDirectory, scratch: scratch, fetcher)
            let (wheel, note) = try maker.build(
                WheelMaker.Source(name: package.name, place: place, text: NonWheel.source(package)))
            try python.require(wheel.metadata.requiresPython, of: wheel.fileName)
            if let locked = package.version.flatMap({ try? PEP440Version($0) }), locked != wheel.name.version {
                reporter.warn(
                    "the wheel built of '\(package.name)' has the version \(wheel.name.version), "
                        + "the lock file says \(locked)")
            }
            set.add(wheel, note, reporter)
        }
    }

    // MARK: pip

    /// A pip for conda and micromamba, which install wheels with that of the environment.
    private func addPip(_ set: inout PackSet) throws {
        if set.records.contains(where: { $0.name == .pip }) { return }
        var search = try PipSearch(for: set, fetcher)
        // A dry run fetches nothing, no index either.
        if request.isDryRun { return set.leaveUnbuilt([.init(name: "pip", source: search.place)]) }
        let packages = try search.find(reporter)
        set.find(packages)
        let names = packages.map { "\($0.record.name) \($0.record.version)" }
        reporter.note("Adding \(names.listed()) for conda and micromamba.")
    }

    // MARK: Activation

    /// `[activation]` of the manifest as a package.
    private func addActivation(_ set: inout PackSet) throws {
        guard request.carriesActivation, let manifest = set.selection.input.manifest else { return }
        let activation = WorkspaceActivation(
            manifest: manifest.root, environment: set.environment.name, platform: set.environment.platform.subdir)
        if activation.isEmpty { return }
        let package = try ActivationPackage(
            activation, baseDirectory: manifest.path.parentPath, reporter: reporter
        ).make()
        set.add(package, nil, reporter)
    }
}

/// The Python that wheels are built for.
private struct PackSetPython {
    let version: String
    let release: WheelTags.Release
    let isFreeThreaded: Bool

    /// - Throws: `Failure` if the environment has none.
    init(_ records: [PackageRecord], for packages: [LockedPyPI]) throws {
        guard let python = records.python,
            let release = WheelTags.Release(python.version)
        else {
            throw Failure(
                "cannot build wheels of \(packages.map(\.name.text).listed()): "
                    + "the environment has no conda package 'python' to build them for",
                remedy: "Add python to the workspace and lock again.")
        }
        version = python.version
        self.release = release
        isFreeThreaded = python.pythonSitePackagesPath?.hasSuffix("t/site-packages") ?? false
    }

    /// Builders do not agree on looking at this; what they built could not be used.
    func require(_ specifiers: String?, of name: String) throws {
        guard let specifiers, let version = try? PEP440Version(version),
            let wanted = try? PEP440Specifiers(specifiers), !wanted.contains(version)
        else { return }
        throw Failure(
            "'\(name)' requires Python \(specifiers), the pack has \(version)",
            remedy: "Choose another version of Python or of the package, and lock again.")
    }
}
