import CondaModel
import Install
import Support

/// `pixi-unpack relocate`: adapts an environment to another path; what its records do not suffice for comes from a pack.
public struct Relocator: Sendable {
    /// What is asked for.
    public struct Options: Sendable {
        /// The environment.
        public var environment: ByteString
        /// The path it is made for; nil: where it is.
        public var prefix: FinalPrefix?
        /// A pack with the environment's packages.
        public var pack: PackSource?
        /// Whose packs are taken; nil: everybody's.
        public var trust: PackTrust?
        public var jobs: Int?
        public var isDryRun = false
        public var waits = true
        public var trustsOwner = false

        public init(environment: ByteString) { self.environment = environment }
    }

    /// What was done, or would be.
    public struct Summary: Sendable {
        /// Where the environment is.
        public let place: ByteString
        public let old: ByteString
        public let new: FinalPrefix
        /// How many files were adapted.
        public let files: Int
        /// Files that only a pack can make anew.
        public let impossible: [ImpossibleRelocation]
    }

    private let options: Options
    private let reporter: any Reporter

    public init(_ options: Options, reporter: any Reporter) {
        self.options = options
        self.reporter = reporter
    }

    /// - Throws: `Failure`; before anything is changed if a file can neither be adapted nor taken from a pack.
    public func run() throws -> Summary {
        Interruption.begin()
        let current = try Unpacker.currentDirectory(for: [options.environment])
        let place = try PathResolution.resolve(AbsolutePath.make(options.environment, current: current))
        let prefix = options.prefix ?? FinalPrefix(at: place)
        try PrefixPlace.requireUsable(prefix.path)
        let reporter = reporter
        let lock = try PlaceLock.acquire(
            place, umask: ProcessUmask.original, waiting: options.waits ? .announced { reporter.note($0) } : .refused,
            trustsOwner: options.trustsOwner)
        var relocation = try self.relocation(at: place, to: prefix)
        if relocation.completesOther(than: prefix), !options.isDryRun {
            reporter.note("Completing the relocation to '\(relocation.new.path)' that was broken off.")
            try relocation.run()
            relocation = try self.relocation(at: place, to: prefix)
        }
        try requirePossible(relocation, place)
        if !options.isDryRun {
            try relocation.run()
            withExtendedLifetime(lock) {}
        }
        let summary = Summary(
            place: place, old: relocation.old, new: relocation.new, files: relocation.count,
            impossible: relocation.impossible)
        return summary
    }

    /// Makes the files anew that could not be adapted.
    public func complete(_ summary: Summary) throws {
        guard !summary.impossible.isEmpty, !options.isDryRun, let pack = options.pack else { return }
        try Unpacker(unpacking(at: summary.place, summary.new), reporter: reporter).unpack(pack)
    }

    private func relocation(at place: ByteString, to prefix: FinalPrefix) throws -> Relocation {
        if !options.trustsOwner { try EnvironmentOwner.require(place) }
        guard let environment = try InstalledEnvironment(at: place) else {
            throw Failure(
                "there is no environment at '\(place)'", remedy: "Name the folder that has 'conda-meta' in it.",
                kind: .notFound)
        }
        return try Relocation(
            of: environment, to: prefix, pool: WorkerPool(width: options.jobs ?? WorkerPool.usableCPUs))
    }

    /// Refuses, before anything is changed, what neither the records nor the pack suffice for.
    private func requirePossible(_ relocation: Relocation, _ place: ByteString) throws {
        if relocation.impossible.isEmpty { return }
        guard let pack = options.pack else {
            let lines = relocation.impossible.prefix(20).map { file in
                "\n  '\(file.path)' of \(file.owner): \(file.reason)" as Message
            }.joined()
            let more: Message =
                relocation.impossible.count > 20 ? "\n  and \(relocation.impossible.count - 20) more" : ""
            throw Failure(
                "the environment '\(place)' cannot be adapted to '\(relocation.new.path)' by its records alone:"
                    + lines + more,
                remedy: "Name the pack it was made from with --from; it makes these files anew. Nothing was changed.")
        }
        var options = unpacking(at: place, relocation.new)
        options.isDryRun = true
        let summary = try Unpacker(options, reporter: reporter).unpack(pack)
        let others = summary.changes.changes.filter { change in
            switch change {
            case .restored: return false
            // Scripts of wheels name the place, and their RECORD has the hash.
            case .replaced(_, let old, let new): return old != new
            case .added, .removed: return true
            }
        }
        if !others.isEmpty {
            throw Failure(
                "the pack has other packages than the environment '\(place)': "
                    + others.prefix(10).map { "\($0)" as Message }.joined(separator: ", "),
                remedy: "Name the pack the environment was made from, or unpack this one there.")
        }
    }

    private func unpacking(at place: ByteString, _ prefix: FinalPrefix) -> UnpackOptions {
        var unpacking = UnpackOptions()
        unpacking.outputDirectory = place.parentPath
        unpacking.environmentName = place.lastPathComponent
        unpacking.prefix = prefix.isNamed ? prefix : nil
        unpacking.activation.shells = []
        unpacking.trust = options.trust
        unpacking.jobs = options.jobs
        unpacking.waits = options.waits
        unpacking.trustsOwner = options.trustsOwner
        return unpacking
    }
}
