import LibC
import Support

/// Writes small files on threads of its own, for file systems on which each call waits for a server (`PlaceLatency`). A worker
/// hands over the content of a file and goes on decoding.
///
/// A session must not do anything else with its environment before its batch has been written: what it does next may depend
/// on these files.
final class FilesInFlight: Sendable {
    /// In bytes. Larger files are written by the worker itself, piece by piece.
    static let largest = 256 << 10
    /// Bytes that may wait for their turn.
    private static let mostBytes = 8 << 20

    /// The files of one session that are not known to be written.
    final class Batch: Sendable {
        private let state = WaitableState((files: 0, error: (any Error)?.none))

        fileprivate func begin() { state.note { $0.files += 1 } }

        fileprivate func end(_ error: (any Error)?) {
            state.change {
                $0.files -= 1
                $0.error = $0.error ?? error
            }
        }

        /// Waits until all of them are written.
        ///
        /// - Throws: the first error of writing them, and `Failure` when a signal ends the program.
        func wait() throws {
            let error: (any Error)?? = try state.wait { state in
                if state.files == 0 {
                    defer { state.error = nil }
                    return .some(state.error)
                }
                try Interruption.check()
                return nil
            }
            if let error, let error { throw error }
        }
    }

    private struct Item: Sendable {
        let path: PrefixPath
        let mode: UInt32
        let contents: [UInt8]
        let time: Int64?
        let batch: Batch
    }

    private struct State {
        var waiting: [Item] = []
        var bytes = 0
        var isEnded = false
        var threads: [pthread_t]?
    }

    private let width: Int
    private let state = WaitableState(State())

    /// - Parameter width: how many files are written at once.
    init(width: Int) { self.width = width }

    /// Takes over a file. Waits while too much is waiting already.
    ///
    /// - Returns: false if there are no threads: the caller has to write the file.
    /// - Throws: `Failure` if a signal asked the program to end.
    func add(
        _ path: PrefixPath, mode: UInt32, _ contents: [UInt8], time: Int64?, _ batch: Batch, _ writer: PrefixWriter
    ) throws -> Bool {
        guard start(writer) else { return false }
        let item = Item(path: path, mode: mode, contents: contents, time: time, batch: batch)
        try state.wait { state -> Void? in
            try Interruption.check()
            guard state.bytes == 0 || state.bytes + contents.count <= FilesInFlight.mostBytes else { return nil }
            state.waiting.append(item)
            state.bytes += contents.count
            batch.begin()
            return ()
        }
        return true
    }

    /// Starts the threads, once; returns whether there are any.
    private func start(_ writer: PrefixWriter) -> Bool {
        state.note { state in
            if let threads = state.threads { return !threads.isEmpty }
            let threads = (0..<width).compactMap { _ in
                startThread { [self] in work(PrefixSession(writer, isWriter: true)) }
            }
            state.threads = threads
            return !threads.isEmpty
        }
    }

    private func work(_ session: PrefixSession) {
        while true {
            let next: Item?? = state.wait { state in
                if state.isEnded { return .some(nil) }
                return state.waiting.popLast().map { .some($0) }
            }
            guard let next, let item = next else { return }
            var problem: (any Error)?
            do {
                try item.contents.withUnsafeBytes {
                    try session.write(item.path, mode: item.mode, $0, time: item.time)
                }
            } catch { problem = error }
            state.change { $0.bytes -= item.contents.count }
            item.batch.end(problem)
        }
    }

    /// Ends the threads. Files of batches that were not waited for may stay unwritten.
    func end() {
        let threads = state.change { state in
            state.isEnded = true
            state.waiting = []
            defer { state.threads = [] }
            return state.threads ?? []
        }
        for thread in threads { pthread_join(thread, nil) }
    }
}
