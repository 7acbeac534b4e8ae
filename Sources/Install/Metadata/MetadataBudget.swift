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

    private let limit: Int
    private let used = Locked(0)

    /// - Parameter packed: the size of all archives in bytes.
    init(packed: Int64) {
        limit = max(Self.least, Int(clamping: packed.multipliedReportingOverflow(by: Self.ratio).0))
    }

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
        let sum = used.withLock { used in
            used += names + fixed
            return used
        }
        if sum > limit {
            throw Failure("the packages list more than their archives can hold: over \(limit) bytes of paths")
        }
        return names + fixed
    }

    /// What was counted for something that was thrown away.
    func giveBack(_ bytes: Int) { used.withLock { $0 -= bytes } }
}
