import CondaModel
import Support

/// What an environment was planned from, and what its records were when that was carried out. While both are the same, the same
/// pack has nothing to do there, and that is known without reading the indexes of its packages or the rows of the records.
///
/// It protects against nothing: who can change records can change the note as well.
public struct PlanNote: Sendable, Equatable {
    /// Everything about a pack, and about the way it is unpacked, on which a plan depends.
    public struct Basis: Sendable, Equatable {
        /// The hash of everything a plan is made from.
        let key: SHA256Digest
        /// Where wheels of the environment are; nil without Python.
        let sitePackages: PrefixPath?
        /// The paths several packages have, and those that wheels and entry points took; as they were reported.
        fileprivate(set) var conflicts: [InstallPlan.Conflict] = []
        fileprivate(set) var replaced: [InstallPlan.Conflict] = []

        /// Raised when equal packs get other plans or records than before.
        private static let rules: UInt64 = 1
        /// More are not noted, and the environment is compared in full each time.
        private static let mostConflicts = 200

        /// - Parameters:
        ///   - packages: the conda packages of the pack.
        ///   - wheels: the wheels of the pack by name, with their hashes.
        ///   - checksWheelTags: whether wheels for another Python or platform are refused.
        /// - Returns: nil if nothing tells that a package is the same: it has no hash. Nil also for an environment that will be
        ///   used elsewhere.
        public init?(
            packages: [PackageSource], wheels: [(path: RelativePath, sha256: SHA256Digest?, origin: WheelOrigin?)],
            prefix: FinalPrefix, platform: Platform, checksWheelTags: Bool
        ) {
            if prefix.isNamed { return nil }
            var writer = JSONWriter(reserving: 1024 * (packages.count + wheels.count + 1))
            writer.value(Self.rules)
            writer.value(prefix.path)
            writer.value(platform.rawValue)
            writer.value(checksWheelTags)
            let names = packages.map { ByteString($0.fileName) }
            for package in names.indices.sorted(by: { names[$0] < names[$1] }).map({ packages[$0] }) {
                if package.kept != nil || package.record.sha256 == nil && package.record.md5 == nil { return nil }
                writer.object { writer in
                    package.record.writeMembers(to: &writer)
                    writer.member("fn", package.fileName)
                    writer.member("origin", package.origin?.url)
                    writer.member("home", package.origin?.channel)
                }
            }
            for wheel in wheels.sorted(by: { $0.path < $1.path }) {
                guard let sha256 = wheel.sha256 else { return nil }
                writer.object { writer in
                    writer.key("wheel")
                    writer.value(wheel.path.bytes)
                    writer.member("sha256", sha256)
                    writer.member("url", wheel.origin?.url)
                    writer.member("direct", wheel.origin?.direct)
                }
            }
            key = SHA256Hasher.hash(writer.bytes)
            sitePackages = (try? PythonInfo.find(in: packages))?.sitePackages
        }

        /// The same basis with the conflicts that are reported of the plan; nil if they are too many to be noted.
        public func reporting(
            _ conflicts: [InstallPlan.Conflict], _ replaced: [InstallPlan.Conflict]
        ) -> Basis? {
            if conflicts.count + replaced.count > Self.mostConflicts { return nil }
            var basis = self
            (basis.conflicts, basis.replaced) = (conflicts, replaced)
            return basis
        }
    }

    let key: SHA256Digest
    /// `records(of:)` when the environment was complete.
    let records: SHA256Digest
    public let conflicts: [InstallPlan.Conflict]
    public let replaced: [InstallPlan.Conflict]

    /// Notes what an environment's records are now.
    ///
    /// - Throws: `Failure` or `SystemError` if they cannot be read.
    init(_ basis: Basis, of environment: ByteString, wheels: [EnvironmentState.Wheel], pool: WorkerPool) throws {
        records = try PlanNote.records(of: environment, basis.sitePackages, wheels, pool: pool)
        (key, conflicts, replaced) = (basis.key, basis.conflicts, basis.replaced)
    }

    /// Whether an environment is as it was when this was noted, as far as its records tell, and `basis` is what it was planned
    /// from.
    ///
    /// - Throws: `Failure` or `SystemError` if the records cannot be read.
    func holds(
        for basis: Basis, in environment: ByteString, wheels: [EnvironmentState.Wheel], pool: WorkerPool
    ) throws -> Bool {
        guard key == basis.key else { return false }
        return try records == PlanNote.records(of: environment, basis.sitePackages, wheels, pool: pool)
    }

    /// A digest of everything an installation reads of an environment to compare it with a plan: the records of conda packages,
    /// the RECORD of wheels, and which other distributions there are.
    private static func records(
        of environment: ByteString, _ sitePackages: PrefixPath?, _ wheels: [EnvironmentState.Wheel], pool: WorkerPool
    ) throws -> SHA256Digest {
        let folder = PlanBuilder.metadataFolder
        var paths = try Sys.list(environment.appending(path: folder)).filter { $0.hasSuffix(".json") }.sorted().map {
            folder.appending(path: $0)
        }
        paths += wheels.map { $0.place.bytes.appending(path: "RECORD") }.sorted()
        let hashes = Locked<[UInt64]>(Array(repeating: 0, count: paths.count))
        try pool.forEach(count: paths.count) { [paths] index, _ in
            try Interruption.check()
            let hash = XXH3.hash(try File.open(environment.appending(path: paths[index])).slice().readAll())
            hashes.withLock { $0[index] = hash }
        }
        var text: [UInt8] = []
        for (path, hash) in zip(paths, hashes.withLock { $0 }) {
            text += path.bytes + [0] + Array("\(hash)".utf8) + [0]
        }
        let folders = Set(wheels.compactMap(\.place.parent) + (sitePackages.map { [$0] } ?? []))
        for folder in folders.sorted() {
            for name in try InstalledWheel.list(environment.appending(path: folder.bytes)).filter({
                $0.hasSuffix(".dist-info")
            }).sorted() { text += name.bytes + [0] }
        }
        return SHA256Hasher.hash(text)
    }

    // MARK: In the environment's state

    init?(parsing value: JSONValue) {
        guard let key = value["sha256"]?.string.flatMap({ SHA256Digest(hex: $0) }),
            let records = value["records"]?.string.flatMap({ SHA256Digest(hex: $0) }),
            let conflicts = PlanNote.conflicts(value["conflicts"]), let replaced = PlanNote.conflicts(value["replaced"])
        else { return nil }
        (self.key, self.records, self.conflicts, self.replaced) = (key, records, conflicts, replaced)
    }

    func writeMembers(to writer: inout JSONWriter) {
        writer.member("sha256", key)
        writer.member("records", records)
        for (name, conflicts) in [("conflicts", conflicts), ("replaced", replaced)] where !conflicts.isEmpty {
            writer.objects(name, conflicts) { writer, conflict in
                writer.key("path")
                writer.value(conflict.path.bytes)
                writer.member("winner", conflict.winner)
                writer.member("losers", conflict.losers)
            }
        }
    }

    private static func conflicts(_ value: JSONValue?) -> [InstallPlan.Conflict]? {
        var conflicts: [InstallPlan.Conflict] = []
        for element in value?.elements.map(Array.init) ?? [] {
            guard let path = element["path"]?.bytes.flatMap({ try? PrefixPath($0) }),
                let winner = element["winner"]?.string
            else { return nil }
            let losers = (element["losers"]?.elements.map(Array.init) ?? []).compactMap(\.string)
            conflicts.append(InstallPlan.Conflict(path: path, winner: winner, losers: losers))
        }
        return conflicts
    }
}
