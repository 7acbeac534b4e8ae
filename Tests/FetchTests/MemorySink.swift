import Fetch
import Support

/// Keeps what is fetched, and checks that the calls are as promised.
final class MemorySink: FetchSink {
    struct State {
        var bytes: [UInt8] = []
        var restarts = 0
        var finished: Int64?
        var isWrong = false
    }
    let state = Locked(State())
    /// Throws once this many bytes were written.
    let failsAt: Int?
    let freeSpace: Int64?

    init(failsAt: Int? = nil, freeSpace: Int64? = nil) {
        self.failsAt = failsAt
        self.freeSpace = freeSpace
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
        try state.withLock {
            if Int64($0.bytes.count) != offset || $0.finished != nil { $0.isWrong = true }
            $0.bytes.append(contentsOf: bytes)
            if let failsAt, $0.bytes.count >= failsAt { throw Failure("no space left on device") }
        }
    }

    func restart() throws {
        state.withLock {
            $0.bytes = []
            $0.restarts += 1
        }
    }

    func finish(size: Int64) throws {
        state.withLock {
            if Int64($0.bytes.count) != size || $0.finished != nil { $0.isWrong = true }
            $0.finished = size
        }
    }

    var bytes: [UInt8] { state.withLock { $0.bytes } }
    var sha256: String { SHA256Hasher.hash(bytes).hex }
    /// Finished, and all calls were in order.
    var isWhole: Bool { state.withLock { $0.finished != nil && !$0.isWrong } }
    var restarts: Int { state.withLock { $0.restarts } }
}
