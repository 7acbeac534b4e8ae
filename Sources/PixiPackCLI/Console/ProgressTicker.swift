import LibC
import Support

/// Lets the display of a phase go on while nothing happens: a stalled download, a build that says nothing.
final class ProgressTicker: Sendable {
    private let isStopped = WaitableState(false)
    private let thread = Locked(pthread_t?.none)

    /// Calls `tick` four times a second from a thread of its own until `stop`; not at all if there is no thread to have.
    init(_ tick: @escaping @Sendable () -> Void) {
        let isStopped = isStopped
        let started = startThread {
            isStopped.wait { isStopped in
                if isStopped { return () }
                tick()
                return nil
            }
        }
        thread.withLock { $0 = started }
    }

    /// Returns when no tick is under way any more.
    func stop() {
        isStopped.change { $0 = true }
        let thread = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        if let thread { pthread_join(thread, nil) }
    }
}
