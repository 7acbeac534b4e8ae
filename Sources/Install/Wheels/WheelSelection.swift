import Archive
import CondaModel
import Support

/// The wheels of a pack (docs/spec/install.md#wheel-selection).
///
///     var selection = WheelSelection(pack, pool: pool)
///     selection.origins = contents.wheelOrigins
///     let plans = try selection.plans(python: python, prefix: "/opt/env", platform: .linux64)
public struct WheelSelection: Sendable {
    private let pack: PackReader
    private let pool: WorkerPool
    /// Where the wheels come from, by their path in the pack.
    public var origins: [RelativePath: WheelOrigin] = [:]
    /// The SHA-256 of the wheels that were hashed, by their path in the pack.
    public var digests: [RelativePath: SHA256Digest] = [:]
    /// What the wheels say installed them (PEP 627).
    public var installer = WheelTarget.usualInstaller
    /// Whether a wheel for another Python or platform is refused.
    public var checksTags = true
    /// What was unpacked of the pack already.
    public var staging: PackageStaging?

    /// - Parameter pool: its workers read the wheels.
    public init(_ pack: PackReader, pool: WorkerPool) {
        self.pack = pack
        self.pool = pool
    }

    /// Plans all wheels of `pypi/`. If two have the same file, the one with the later name provides it.
    ///
    /// - Parameters:
    ///   - python: the environment's Python; nil if the pack has no package named `python`.
    ///   - prefix: the absolute path at which the environment will be used.
    /// - Throws: `Failure` if there are wheels but no Python, or naming what in `pypi/` cannot be installed.
    public func plans(python: PythonInfo?, prefix: ByteString, platform: Platform) throws -> [WheelPlan] {
        let folder = try RelativePath("pypi")
        if let folder = pack.directories.filter({ $0.parent == folder }).min() {
            throw WheelSelection.refuse(folder, "it is a directory")
        }
        let members = pack.members.filter { $0.name.parent == folder }
        if members.isEmpty { return [] }
        let names = try members.map { member in
            let name = member.name.lastComponent.lossyString
            do {
                _ = try WheelName(name)
            } catch {
                throw WheelSelection.refuse(member.name, "it is not the file name of a wheel", cause: error)
            }
            return name
        }
        guard let python else {
            throw Failure(
                "the pack has wheels, but no package named 'python' to install them for",
                remedy: "Add python to the conda dependencies of the environment and pack it again.")
        }
        let target = WheelTarget(
            python: python, prefix: prefix, platform: platform, installer: installer, checksTags: checksTags)
        let results = Locked<[WheelPlan?]>(Array(repeating: nil, count: names.count))
        let scratches = (0..<pool.width).map { _ in DecoderScratch() }
        try pool.forEach(count: names.count) { index, worker in
            let name = names[index]
            let content = try members[index].open()
            var plan = try WheelPlan(
                fileName: name, slice: content, sha256: digests[members[index].name], target: target,
                origin: origins[members[index].name] ?? WheelOrigin(), scratch: scratches[worker])
            staging?.complete(&plan, content)
            results.withLock { [plan] in $0[index] = plan }
        }
        var plans = results.withLock { $0.compactMap { $0 } }
        try WheelPlan.settle(&plans)
        return plans
    }

    private static func refuse(_ path: RelativePath, _ reason: Message, cause: (any Error)? = nil) -> Failure {
        Failure(
            "'\(path)' in the pack cannot be installed: \(reason)", cause: cause,
            remedy: "Only wheels can be installed; make a wheel of it, or take it out of the pack.")
    }
}
