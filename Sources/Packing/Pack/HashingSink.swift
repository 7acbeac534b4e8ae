import Archive
import Fetch
import Support

/// A sink that also computes the SHA-256 of what passes.
final class HashingSink: FetchSink, Sendable {
    private let slot: any PackSlot
    private let hasher = Locked(SHA256Hasher())
    private let report: @Sendable (SHA256Digest) -> Void

    init(slot: any PackSlot, report: @escaping @Sendable (SHA256Digest) -> Void) {
        self.slot = slot
        self.report = report
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
        hasher.withLock { $0.update(bytes) }
        try slot.write(bytes, at: offset)
    }

    func restart() throws {
        hasher.withLock { $0 = SHA256Hasher() }
        try slot.restart()
    }

    func finish(size: Int64) throws {
        report(hasher.withLock { $0.finish() })
        try slot.finish(size: size)
    }
}
