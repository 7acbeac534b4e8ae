import Support

/// The block buffers of all decoders of an installation: as few as are needed, and never more than a fixed limit.
final class Bzip2BlockBuffers: Sendable {
    /// Together 60 MB.
    private static let limit = 10

    private struct State {
        var free: [Bzip2BlockBuffer] = []
        var count = 0
    }
    private let state = Locked(State())

    /// A buffer, which has to be given back; nil if all are in use.
    func take() -> Bzip2BlockBuffer? {
        state.withLock { state in
            if let slot = state.free.popLast() { return slot }
            if state.count >= Bzip2BlockBuffers.limit { return nil }
            state.count += 1
            return Bzip2BlockBuffer()
        }
    }

    func giveBack(_ slot: Bzip2BlockBuffer) { state.withLock { $0.free.append(slot) } }
}
