import Archive
import Support

/// One part of an image. Workers produce packages side by side; here they get their order. Whoever has the turn writes at
/// once; what comes before its turn waits in memory, and its worker with it when too much waits.
final class ImageStream: @unchecked Sendable {
    /// Something to write.
    enum Piece {
        case entry(ImageEntry)
        case bytes([UInt8])
    }

    private struct Batch {
        var pieces: [Piece] = []
        var size = 0
    }

    private struct State {
        var turn = 0
        var waiting: [Int: Batch] = [:]
        var size = 0
        /// Turns that are complete, but wait.
        var ended: Set<Int> = []
        var error: (any Error)?

        mutating func take(_ turn: Int) -> [Piece] {
            guard let batch = waiting.removeValue(forKey: turn) else { return [] }
            size -= batch.size
            return batch.pieces
        }
    }

    private let state = WaitableState(State())
    private let turns: Int
    private let capacity: Int
    private let open: () throws -> TarImage
    private let close: (TarImage) throws -> Void
    /// Only used by whoever has the turn.
    private var tar: TarImage?

    /// - Parameters:
    ///   - turns: how many steps the part has.
    ///   - capacity: how many bytes may wait.
    ///   - close: is called when all turns are over.
    init(
        turns: Int, capacity: Int, open: @escaping () throws -> TarImage, close: @escaping (TarImage) throws -> Void
    ) {
        self.turns = turns
        self.capacity = capacity
        self.open = open
        self.close = close
    }

    /// Writes the pieces, now or when the turn has come.
    ///
    /// - Parameter size: about how many bytes they take.
    func send(_ pieces: [Piece], size: Int, turn: Int) throws {
        let earlier: [Piece]?? = try state.wait { state in
            try Interruption.check()
            if let error = state.error { throw error }
            if state.turn == turn { return .some(state.take(turn)) }
            guard state.size + size <= capacity else { return nil }
            state.waiting[turn, default: Batch()].pieces += pieces
            state.waiting[turn, default: Batch()].size += size
            state.size += size
            return .some(nil)
        }
        guard let earlier, let earlier else { return }
        try write(earlier + pieces)
    }

    /// Ends a turn; those behind it that are complete are written, too.
    func end(_ turn: Int) throws {
        var current = turn
        var pieces: [Piece]? = state.change { state in
            if state.turn == turn { return state.take(turn) }
            state.ended.insert(turn)
            return nil
        }
        while let due = pieces {
            try Interruption.check()
            try write(due)
            current += 1
            if current == turns { try close(try opened()) }
            pieces = state.change { [current] state in
                state.turn = current
                return state.ended.remove(current) == nil ? nil : state.take(current)
            }
        }
    }

    /// Nothing is written any more: who waits gets this error.
    func fail(_ error: any Error) { state.change { $0.error = $0.error ?? error } }

    private func opened() throws -> TarImage {
        if let tar { return tar }
        let tar = try open()
        self.tar = tar
        return tar
    }

    private func write(_ pieces: [Piece]) throws {
        if pieces.isEmpty { return }
        let tar = try opened()
        for piece in pieces {
            switch piece {
            case .entry(let entry): try tar.add(entry)
            case .bytes(let bytes): try bytes.withUnsafeBytes { try tar.write($0) }
            }
        }
    }
}
