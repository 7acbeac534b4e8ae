import Support

/// Limits the memory that the packages' own lists may take: a few kilobytes of an archive can list millions of paths.
/// Real lists have a hash for each path, which does not compress.
final class MetadataBudget: Sendable {
    /// Bytes that are always allowed: enough for 200,000 paths.
    static let least = 96 << 20
    /// Bytes allowed for each byte of the archives.
    static let ratio: Int64 = 64
    /// The least and most bytes allowed for the texts of one package, and bytes for each byte of its archive.
    static let (leastText, mostText, textRatio) = (Int64(8 << 20), Int64(256 << 20), Int64(100))

    /// Bytes an entry takes beside its names.
    static let usualEntry = 400

    private struct State {
        var packed: Int64
        var used = 0
        var limit: Int { max(least, Int(clamping: packed.multipliedReportingOverflow(by: ratio).0)) }
    }

    private let state: Locked<State>

    /// - Parameter packed: the size of all archives in bytes.
    init(packed: Int64) { state = Locked(State(packed: packed)) }

    /// Adds the share of one more archive.
    func allow(packed: Int64) { state.withLock { $0.packed = $0.packed.addingReportingOverflow(packed).0 } }

    /// The most bytes that all texts of a package of `packed` bytes may have.
    static func textLimit(packed: Int64) -> Int64 {
        min(max(leastText, packed.multipliedReportingOverflow(by: textRatio).0), mostText)
    }

    /// Counts what is kept of an entry: the bytes of its names, and about `fixed` more.
    ///
    /// - Returns: what was counted.
    /// - Throws: `Failure` when the limit is exceeded.
    @discardableResult
    func spend(_ names: Int, fixed: Int = MetadataBudget.usualEntry) throws -> Int {
        let exceeded = state.withLock { state in
            state.used += names + fixed
            return state.used > state.limit ? state.limit : nil
        }
        if let exceeded {
            throw Failure("the packages list more than their archives can hold: over \(exceeded) bytes of paths")
        }
        return names + fixed
    }

    /// Takes back what was counted for an entry that is not kept.
    func giveBack(_ bytes: Int) { state.withLock { $0.used -= bytes } }
}
