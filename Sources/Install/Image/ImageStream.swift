import Archive
import Support

/// One part of an image. Workers produce packages side by side; here they get their order. The worker that has the turn writes
/// at once. What others produce waits in memory, and when too much waits there, their workers wait too.
final class ImageStream: @unchecked Sendable {
    private struct State {
        var turn = 0
        var waiting: [Int: [ImageBatch]] = [:]
        var size = 0
        /// Turns that are complete, but wait.
        var ended: Set<Int> = []
        var error: (any Error)?

        mutating func take(_ turn: Int) -> [ImageBatch] {
            guard let batches = waiting.removeValue(forKey: turn) else { return [] }
            size -= batches.reduce(0) { $0 + $1.memory }
            return batches
        }
    }

    private let state = WaitableState(State())
    private let turns: Int
    private let capacity: Int
    private let open: () throws -> TarImage
    private let close: (TarImage) throws -> Void
    /// Only used by the worker that has the turn.
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

    /// Writes the batch, now or when the turn has come.
    func send(_ batch: ImageBatch, turn: Int) throws {
        let earlier: [ImageBatch]?? = try state.wait { state in
            try Interruption.check()
            if let error = state.error { throw error }
            if state.turn == turn { return .some(state.take(turn)) }
            guard state.size + batch.memory <= capacity else { return nil }
            state.waiting[turn, default: []].append(batch)
            state.size += batch.memory
            return .some(nil)
        }
        guard let earlier, let earlier else { return }
        try write(earlier)
        try write([batch])
    }

    /// Ends a turn; those behind it that are complete are written, too.
    func end(_ turn: Int) throws {
        var current = turn
        var batches: [ImageBatch]? = state.change { state in
            if state.turn == turn { return state.take(turn) }
            state.ended.insert(turn)
            return nil
        }
        while let due = batches {
            try Interruption.check()
            try write(due)
            current += 1
            if current == turns { try close(try opened()) }
            batches = state.change { [current] state in
                state.turn = current
                return state.ended.remove(current) == nil ? nil : state.take(current)
            }
        }
    }

    /// Ends the writing: workers that wait get this error.
    func fail(_ error: any Error) { state.change { $0.error = $0.error ?? error } }

    private func opened() throws -> TarImage {
        if let tar { return tar }
        let tar = try open()
        self.tar = tar
        return tar
    }

    private func write(_ batches: [ImageBatch]) throws {
        if batches.isEmpty { return }
        let tar = try opened()
        for batch in batches { try batch.write(to: tar) }
    }
}
