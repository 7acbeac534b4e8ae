import Support

/// How much memory what packages say of themselves may take: a few kilobytes of an archive can list millions of paths.
/// Real lists have a hash for each path, which no archive makes smaller.
final class MetadataBudget: Sendable {
    /// Bytes that are enough for the lists of any small pack: 200 000 paths.
    static let least = 96 << 20
    /// Bytes for each byte of the archives.
    static let ratio: Int64 = 64
    /// The longest text of one package, and bytes of it for each byte of the archive.
    static let (leastText, mostText, textRatio) = (Int64(8 << 20), Int64(256 << 20), Int64(100))

    private let limit: Int
    private let used = Locked(0)

    /// - Parameter packed: bytes of the archives.
    init(packed: Int64) {
        limit = max(Self.least, Int(clamping: packed.multipliedReportingOverflow(by: Self.ratio).0))
    }

    /// The most bytes all texts of a package of `packed` bytes may have.
    static func textLimit(packed: Int64) -> Int64 {
        min(max(leastText, packed.multipliedReportingOverflow(by: textRatio).0), mostText)
    }

    /// Counts what is kept of an entry: its names and about `fixed` bytes.
    ///
    /// - Throws: `Failure` when it is used up.
    func spend(_ names: Int, fixed: Int = 400) throws {
        let sum = used.withLock { used in
            used += names + fixed
            return used
        }
        if sum > limit {
            throw Failure("the packages list more than their archives can hold: over \(limit) bytes of paths")
        }
    }
}
