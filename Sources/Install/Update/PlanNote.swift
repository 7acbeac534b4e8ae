import CondaModel
import Support

/// What an environment was planned from, and what its records were when that was carried out. While both are the
/// same, the same pack has nothing to do there, and that is known without reading the indexes of its packages or the
/// rows of the records.
///
/// It protects against nothing: who can change records can change the note as well.
public struct PlanNote: Sendable, Equatable {
    /// Everything about a pack, and about the way it is unpacked, on which a plan depends.
    public struct Basis: Sendable, Equatable {
        /// The hash of everything a plan is made from.
        let key: SHA256Digest
        /// The hash of all of that but the conda packages other than Python.
        let frame: SHA256Digest
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
            var frame = JSONWriter(reserving: 1024 * (wheels.count + 2))
            func write(_ body: (inout JSONWriter) -> Void) {
                body(&writer)
                body(&frame)
            }
            write { writer in
                writer.value(Self.rules)
                writer.value(prefix.path)
                writer.value(platform.rawValue)
                writer.value(checksWheelTags)
            }
            let names = packages.map { ByteString($0.fileName) }
            for package in names.indices.sorted(by: { names[$0] < names[$1] }).map({ packages[$0] }) {
                if package.kept != nil || package.record.sha256 == nil && package.record.md5 == nil { return nil }
                Self.write(package, to: &writer)
                if package.record.name == .python { Self.write(package, to: &frame) }
            }
            for wheel in wheels.sorted(by: { $0.path < $1.path }) {
                guard let sha256 = wheel.sha256 else { return nil }
                write { writer in
                    writer.object { writer in
                        writer.key("wheel")
                        writer.value(wheel.path.bytes)
                        writer.member("sha256", sha256)
                        writer.member("url", wheel.origin?.url)
                        writer.member("direct", wheel.origin?.direct)
                    }
                }
            }
            key = SHA256Hasher.hash(writer.bytes)
            self.frame = SHA256Hasher.hash(frame.bytes)
            sitePackages = (try? PythonInfo.find(in: packages))?.sitePackages
        }

        private static func write(_ package: PackageSource, to writer: inout JSONWriter) {
            writer.object { writer in
                package.record.writeMembers(to: &writer)
                writer.member("fn", package.fileName)
                writer.member("origin", package.origin?.url)
                writer.member("home", package.origin?.channel)
            }
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
    /// The hash of all it was planned from but the conda packages other than Python; nil if that was not noted.
    let frame: SHA256Digest?
    /// How many paths the conda packages have, links that lead nowhere included; nil if a package or wheel decides
    /// about where paths of another one go.
    let paths: Int?
    /// `RecordHashes` when the environment was complete.
    let records: SHA256Digest
    public let conflicts: [InstallPlan.Conflict]
    public let replaced: [InstallPlan.Conflict]

    /// Notes what an environment's records are now.
    ///
    /// - Parameter paths: how many paths the conda packages have, if none decides about those of another one.
    init(_ basis: Basis, paths: Int?, records: SHA256Digest) {
        (key, frame, self.records) = (basis.key, basis.frame, records)
        (conflicts, replaced) = (basis.conflicts, basis.replaced)
        self.paths = replaced.isEmpty ? paths : nil
    }

    // MARK: In the environment's state

    init?(parsing value: JSONValue) {
        guard let key = value["sha256"]?.string.flatMap({ SHA256Digest(hex: $0) }),
            let records = value["records"]?.string.flatMap({ SHA256Digest(hex: $0) }),
            let conflicts = PlanNote.conflicts(value["conflicts"]), let replaced = PlanNote.conflicts(value["replaced"])
        else { return nil }
        (self.key, self.records, self.conflicts, self.replaced) = (key, records, conflicts, replaced)
        frame = value["frame"]?.string.flatMap { SHA256Digest(hex: $0) }
        paths = value["paths"]?.uint64.flatMap { Int(exactly: $0) }
    }

    func writeMembers(to writer: inout JSONWriter) {
        writer.member("sha256", key)
        writer.member("frame", frame)
        writer.member("paths", paths)
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
