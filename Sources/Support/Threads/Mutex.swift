import LibC

/// A mutex of the C library, with a condition that threads can wait for (`pthread_mutex_lock(3)`,
/// `pthread_cond_wait(3)`).
///
/// Both are in memory of their own. Passing a Swift variable to the C library with `&` counts as a change of it for as
/// long as the call lasts, and several threads would do so at once.
public final class Mutex: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>

    public init() {
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        changed = .allocate(capacity: 1)
        changed.initialize(to: pthread_cond_t())
        pthread_cond_init(changed, nil)
    }

    deinit {
        pthread_cond_destroy(changed)
        changed.deallocate()
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Waits until no other thread holds the mutex, then holds it.
    public func lock() { pthread_mutex_lock(mutex) }

    /// Releases the mutex, which the caller must hold.
    public func unlock() { pthread_mutex_unlock(mutex) }

    /// Runs `body` as the only holder.
    public func withLock<Result>(_ body: () throws -> Result) rethrows -> Result {
        lock()
        defer { unlock() }
        return try body()
    }

    /// Releases the mutex until the next `broadcast` and takes it again. It may return without a reason, so check the
    /// condition again. The caller must hold the mutex.
    public func wait() { pthread_cond_wait(changed, mutex) }

    /// Like `wait`, but for at most a quarter of a second.
    func waitShortly() {
        var limit = timespec()
        clock_gettime(CLOCK_REALTIME, &limit)
        limit.tv_nsec += 250_000_000
        if limit.tv_nsec >= 1_000_000_000 {
            limit.tv_nsec -= 1_000_000_000
            limit.tv_sec += 1
        }
        pthread_cond_timedwait(changed, mutex, &limit)
    }

    /// Wakes all threads that wait.
    public func broadcast() { pthread_cond_broadcast(changed) }
}
