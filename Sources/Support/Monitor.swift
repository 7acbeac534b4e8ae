#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A value guarded by a mutex, whose changes other threads can wait for.
public final class Monitor<Value>: @unchecked Sendable {
    private var mutex = pthread_mutex_t()
    private var changed = pthread_cond_t()
    private var value: Value

    public init(_ value: Value) {
        self.value = value
        pthread_mutex_init(&mutex, nil)
        pthread_cond_init(&changed, nil)
    }

    deinit {
        pthread_cond_destroy(&changed)
        pthread_mutex_destroy(&mutex)
    }

    public func read<Result>(_ body: (Value) throws -> Result) rethrows -> Result {
        pthread_mutex_lock(&mutex)
        defer { pthread_mutex_unlock(&mutex) }
        return try body(value)
    }

    /// Changes the value in a way nobody waits for.
    public func note<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        pthread_mutex_lock(&mutex)
        defer { pthread_mutex_unlock(&mutex) }
        return try body(&value)
    }

    /// Changes the value and lets all who wait look at it again.
    public func change<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        pthread_mutex_lock(&mutex)
        defer {
            pthread_cond_broadcast(&changed)
            pthread_mutex_unlock(&mutex)
        }
        return try body(&value)
    }

    /// Waits until `body` returns something; it looks at the value at each change and four times a second, so that it
    /// can end a wait nobody else would end (`Interruption.check`).
    public func wait<Result>(_ body: (inout Value) throws -> Result?) rethrows -> Result {
        pthread_mutex_lock(&mutex)
        defer { pthread_mutex_unlock(&mutex) }
        while true {
            if let result = try body(&value) {
                pthread_cond_broadcast(&changed)
                return result
            }
            var limit = timespec()
            clock_gettime(CLOCK_REALTIME, &limit)
            limit.tv_nsec += 250_000_000
            if limit.tv_nsec >= 1_000_000_000 {
                limit.tv_nsec -= 1_000_000_000
                limit.tv_sec += 1
            }
            pthread_cond_timedwait(&changed, &mutex, &limit)
        }
    }
}
