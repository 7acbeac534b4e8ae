import Support

/// Limits how many bytes all decoders of a run may produce: a guard against archives that unpack to absurd sizes.
public final class DecodingBudget: Sendable {
    /// The limit in bytes; nil if only the ratio of each package is limited.
    let total: Int64?
    private let used = Locked<Int64>(0)

    /// - Parameter total: the most bytes for all decoders together; nil: only the ratio of each package is limited.
    public init(total: Int64?) { self.total = total }

    /// The most bytes that a package of `packed` bytes may unpack to by default. Real packages grow less than a
    /// hundredfold; a decoder can make a million zeros of one byte.
    public static func usualLimit(packed: Int64) -> Int64 {
        max(256 << 20, packed.multipliedReportingOverflow(by: 1000).0)
    }

    /// Counts decoded bytes.
    ///
    /// - Throws: `Failure` when there are more than the limit.
    public func spend(_ bytes: Int) throws {
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
