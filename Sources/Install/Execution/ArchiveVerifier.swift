import Support

/// Compares the archives of an installation with the hashes in the pack's index. An archive is compared before any of
/// its files is written, and many archives are hashed at once where that is faster.
///
/// Packages are hashed in groups that are small enough to be still in the page cache when they are unpacked.
final class ArchiveVerifier: Sendable {
    private let sources: [PackageSource]
    private let groups: [Range<Int>]
    private let groupOfSource: [Int]
    private let state: WaitableState<State>

    private struct State {
        var stages: [Stage]
        /// What is wrong with packages of the groups that were hashed.
        var failures: [Int: any Error] = [:]
    }

    private enum Stage { case waiting, underWay, done }

    private enum Turn {
        case hash(group: Int)
        case end((any Error)?)
    }

    private static let groupBytes: Int64 = 256 << 20
    private static let groupCount = 256

    /// - Parameter sources: largest first.
    init(_ sources: [PackageSource]) {
        self.sources = sources
        var groups: [Range<Int>] = []
        var (start, bytes) = (0, Int64(0))
        for (index, source) in sources.enumerated() {
            bytes = bytes.addingReportingOverflow(source.member.size).partialValue
            if bytes >= Self.groupBytes || index - start >= Self.groupCount || index == sources.count - 1 {
                groups.append(start..<(index + 1))
                (start, bytes) = (index + 1, 0)
            }
        }
        self.groups = groups
        groupOfSource = groups.enumerated().flatMap { number, group in Array(repeating: number, count: group.count) }
        state = WaitableState(State(stages: Array(repeating: .waiting, count: groups.count)))
    }

    /// Verifies the source with that index. While another worker hashes its group, this one hashes other groups.
    ///
    /// - Throws: `Failure` naming the package, what was expected and what was found.
    func verify(_ index: Int) throws {
        let source = sources[index]
        guard SHA256Lanes.count > 0, source.record.sha256 != nil, source.staged == nil else {
            return try source.verify()
        }
        while true {
            switch try nextTurn(for: index) {
            case .end(let failure):
                if let failure { throw failure }
                return
            case .hash(let group): hash(group)
            }
        }
    }

    /// What to do next for a source: if another worker is hashing its group, the next group is hashed in the meantime.
    private func nextTurn(for index: Int) throws -> Turn {
        let own = groupOfSource[index]
        return try state.wait { state in
            try Interruption.check()
            if state.stages[own] == .done { return .end(state.failures[index]) }
            let free = state.stages[own] == .waiting ? own : state.stages.firstIndex(of: .waiting)
            guard let free else { return nil }
            state.stages[free] = .underWay
            return .hash(group: free)
        }
    }

    private func hash(_ number: Int) {
        let indices = groups[number].filter { sources[$0].record.sha256 != nil && sources[$0].staged == nil }
        var failures: [Int: any Error] = [:]
        do {
            let sized = indices.filter { index in
                do {
                    try sources[index].verifySize()
                    return true
                } catch {
                    failures[index] = error
                    return false
                }
            }
            let digests = try SHA256Lanes.digests(total: sized.count) { try sources[sized[$0]].member.open() }
            for (index, digest) in zip(sized, digests) {
                do {
                    if let digest { try sources[index].requireDigest(try digest.get()) }
                } catch {
                    failures[index] = error
                }
            }
        } catch {
            for index in indices { failures[index] = error }
        }
        state.change { state in
            state.failures.merge(failures) { first, _ in first }
            state.stages[number] = .done
        }
    }
}
