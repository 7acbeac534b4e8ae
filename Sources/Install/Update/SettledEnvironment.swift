import CondaModel
import Support

/// An environment that is as a plan left it, by our own note.
public struct SettledEnvironment: Sendable {
    let path: ByteString
    let state: EnvironmentState
    private let note: PlanNote

    /// - Returns: nil if nothing is noted, the note is somebody else's, or the last change was not completed.
    public init?(at path: ByteString) {
        guard let state = try? EnvironmentState.read(path), let note = state.plan, state.isComplete,
            state.relocation == nil, !state.isNamed
        else { return nil }
        (self.path, self.state, self.note) = (path, state, note)
    }

    /// Whether the contents noted are these.
    public func isNoted(_ contents: SHA256Digest, signature: EnvironmentState.Signature?) -> Bool {
        state.contents == contents && state.signature == signature
    }

    /// Changes that are none, if the environment is as this plan left it.
    ///
    /// - Parameter packages: how many packages and wheels the pack has.
    /// - Returns: nil if the environment has to be compared with the pack.
    public func changes(
        to basis: PlanNote.Basis, packages: Int, prefix: FinalPrefix, pool: WorkerPool
    ) throws -> (changes: EnvironmentChanges, note: PlanNote)? {
        guard note.key == basis.key, try isUndisturbed(prefix) else { return nil }
        let records = try RecordHashes.read(
            path, sitePackages: basis.sitePackages, wheels: state.wheels, pool: pool)
        return records.digest == note.records
            ? (EnvironmentChanges(noneIn: state, untouched: packages), note) : nil
    }

    /// What other conda packages a pack has than the environment, if that is all that differs, and no two packages of
    /// the environment were in each other's way.
    ///
    /// - Parameter sources: the conda packages of the pack.
    /// - Returns: nil if the environment has to be compared with the pack in full.
    public func difference(
        to sources: [PackageSource], _ basis: PlanNote.Basis, prefix: FinalPrefix, pool: WorkerPool
    ) throws -> SettledDifference? {
        guard let paths = note.paths, note.frame == basis.frame, try isUndisturbed(prefix), try !isFolded else {
            return nil
        }
        let found = Locked<[PrefixPath: Record?]>([:])
        let records = try RecordHashes.read(
            path, sitePackages: basis.sitePackages, wheels: state.wheels, pool: pool
        ) { path, text in
            guard path.parentPath == PlanBuilder.metadataFolder else { return }
            let path = try PrefixPath(path)
            let record = try Record(text, at: path)
            found.withLock { $0[path] = .some(record) }
        }
        let parts = found.withLock { $0 }
        guard records.digest == note.records else { return nil }
        let all = parts.values.compactMap { $0 }
        guard all.count == parts.count, all.reduce(0, { $0 + $1.paths.count }) == paths else { return nil }
        return try SettledDifference(self, all, records, sources)
    }

    /// Whether the folder does not distinguish capital and small letters, so that different paths may be one file
    /// (`FoldedNames`).
    private var isFolded: Bool {
        get throws { try Sys.exists(path.appending(path: "CONDA-META")) }
    }

    /// A record, and the hashes of its paths.
    struct Record: Sendable {
        let head: RecordHead
        private(set) var paths = SettledPaths.Part()

        /// - Returns: nil if it is not written as this program writes records.
        init?(_ text: [UInt8], at path: PrefixPath) throws {
            guard let text = RecordText.parse(text) else { return nil }
            head = try RecordHead(json: text.head(), record: path)
            var paths = SettledPaths.Part()
            guard head.index != nil, text.forEachPath({ paths.add($0) }) else { return nil }
            self.paths = paths
        }
    }

    /// Whether the environment is where it was made for, and nothing shows that it was changed since.
    private func isUndisturbed(_ prefix: FinalPrefix) throws -> Bool {
        try state.prefix == prefix.path && Sys.exists(path.appending(path: PlanBuilder.cacheTag))
            && !UpdateJournal.isThere(path)
    }
}
