import Support

/// An environment that is as a plan left it, by our own note.
public struct SettledEnvironment: Sendable {
    private let path: ByteString
    private let state: EnvironmentState
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
    /// - Returns: nil if the environment has to be compared with the pack in full.
    public func changes(
        to basis: PlanNote.Basis, packages: Int, prefix: FinalPrefix, pool: WorkerPool
    ) throws -> (changes: EnvironmentChanges, note: PlanNote)? {
        guard state.prefix == prefix.path, try note.holds(for: basis, in: path, wheels: state.wheels, pool: pool),
            try Sys.exists(path.appending(path: PlanBuilder.cacheTag)), try !UpdateJournal.isThere(path)
        else { return nil }
        return (EnvironmentChanges(noneIn: state, untouched: packages), note)
    }
}
