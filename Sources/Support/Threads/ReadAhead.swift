/// Keeps producers from running far ahead of the consumer that takes their items in order.
///
/// Every item has a position. The item that is taken next may always begin. Later items may begin while those that are
/// in progress or waiting are few and small enough. After `end()` or `fail(_:)` no item may begin.
public final class ReadAhead: Sendable {
    private struct State {
        /// The position that is taken next; everything before it was taken.
        var next = 0
        var ahead: [Int: Int64] = [:]
        var aheadBytes: Int64 = 0
        var isEnded = false
        var error: (any Error)?
        var wake: (@Sendable () -> Void)?
    }

    private let state = WaitableState(State())
    private let capacity: Int64
    private let mostItems: Int
    private let freeFrom: Int

    /// What an item of unknown size counts as, in bytes.
    private static let usualSize: Int64 = 16 << 20

    /// - Parameters:
    ///   - capacity: how many bytes may be ready or in progress ahead of their turn.
    ///   - mostItems: how many items may be.
    ///   - freeFrom: from this position on items never wait and do not count.
    public init(capacity: Int64, mostItems: Int, freeFrom: Int = .max) {
        self.capacity = capacity
        self.mostItems = mostItems
        self.freeFrom = freeFrom
    }

    /// Whether the item may begin now. If so, it counts until it is taken.
    ///
    /// - Throws: the error of `fail(_:)`, or `Failure` if a signal asked the program to end.
    public func admits(_ position: Int, size: Int64?) throws -> Bool {
        try Interruption.check()
        return try state.note { try admits(position, size, &$0) ?? false }
    }

    /// Waits until the item may begin. Returns false if no item may begin any more.
    public func waitForAdmission(_ position: Int, size: Int64?) throws -> Bool {
        try state.wait { state in
            try Interruption.check()
            return try admits(position, size, &state) == true ? true : state.isEnded ? false : nil
        }
    }

    private func admits(_ position: Int, _ size: Int64?, _ state: inout State) throws -> Bool? {
        if let error = state.error { throw error }
        if state.isEnded { return nil }
        if position <= state.next || position >= freeFrom || state.ahead[position] != nil { return true }
        let size = max(0, size ?? ReadAhead.usualSize)
        let (sum, overflow) = state.aheadBytes.addingReportingOverflow(size)
        guard !overflow, sum <= capacity, state.ahead.count < mostItems else { return nil }
        state.ahead[position] = size
        state.aheadBytes = sum
        return true
    }

    /// Everything before `position` was taken; that position is next.
    public func advance(to position: Int) {
        let wake = state.change { state in
            state.next = position
            for passed in state.ahead.keys.filter({ $0 <= position }) {
                state.aheadBytes -= state.ahead.removeValue(forKey: passed) ?? 0
            }
            return state.wake
        }
        wake?()
    }

    /// No item may begin any more, because one that is needed cannot be produced.
    public func end() {
        let wake = state.change { state in
            state.isEnded = true
            return state.wake
        }
        wake?()
    }

    /// Nothing is taken any more. Producers that ask get this error.
    public func fail(_ error: any Error) {
        let wake = state.change { state in
            state.error = state.error ?? error
            return state.wake
        }
        wake?()
    }

    /// Whether `end()` was called.
    ///
    /// - Throws: as `admits`.
    public func isEnded() throws -> Bool {
        try Interruption.check()
        return try state.read { state in
            if let error = state.error { throw error }
            return state.isEnded
        }
    }

    /// Calls `body` whenever another item may have become admissible; it may be called from any thread.
    public func onChange(_ body: (@Sendable () -> Void)?) { state.note { $0.wake = body } }
}
