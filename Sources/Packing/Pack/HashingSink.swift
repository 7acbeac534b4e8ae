import Archive
import Fetch
import Support

/// A sink that also computes the SHA-256 of what passes.
final class HashingSink: FetchSink, Sendable {
    private let sink: SlotSink
    private let hasher = Locked(SHA256Hasher())
    private let report: @Sendable (SHA256Digest) -> Void

    init(sink: SlotSink, report: @escaping @Sendable (SHA256Digest) -> Void) {
        self.sink = sink
        self.report = report
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
        hasher.withLock { $0.update(bytes) }
        try sink.write(bytes, at: offset)
    }

    func restart() throws {
        hasher.withLock { $0 = SHA256Hasher() }
        try sink.restart()
    }

    var freeSpace: Int64? { sink.freeSpace }

    func examine(size: Int64) throws { try sink.examine(size: size) }

    func finish(size: Int64) throws {
        report(hasher.withLock { $0.finish() })
        try sink.finish(size: size)
    }
}
