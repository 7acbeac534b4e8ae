import Support

/// How much all decoders of a run may make of what they read: a guard against archives that unpack to absurd sizes.
public final class DecodingBudget: Sendable {
    /// Bytes; nil: only the ratio of each package counts.
    public let total: Int64?
    private let used = Locked<Int64>(0)

    public init(total: Int64?) { self.total = total }

    /// What a package of `packed` bytes may unpack to if nobody said how much is right. Real packages stay below a
    /// hundredfold; decoders make up to a millionfold of zeros.
    static func usualLimit(packed: Int64) -> Int64 { max(256 << 20, packed.multipliedReportingOverflow(by: 1000).0) }

    /// - Throws: `Failure` when it is used up.
    func spend(_ bytes: Int) throws {
        guard let total else { return }
        let sum = used.withLock { used in
            used += Int64(bytes)
            return used
        }
        if sum > total { throw DecodingBudget.exceeded(total) }
    }

    static func exceeded(_ limit: Int64) -> Failure {
        Failure.overLimit(
            "it unpacks to more than the \(limit) bytes allowed",
            remedy: "If you trust the pack, say how much it may unpack to: --max-unpacked-size.")
    }
}
