import CSystem
import LibC

/// Runs CPU and file work on a few real threads. Swift's cooperative pool and dispatch are not used: their threads need
/// `/proc`, and a C call would block them (docs/architecture.md).
public struct WorkerPool: Sendable {
    /// How many threads work, the calling one included.
    public let width: Int

    /// - Parameter width: how many threads work; at least 1 is used.
    public init(width: Int) { self.width = max(1, width) }

    /// How many workers to use: the CPUs this process may run on, limited by its affinity (`sched_getaffinity(2)`) and
    /// its cgroup's quota.
    public static var usableCPUs: Int {
        var count = Int(pixi_usable_cpus())
        if let quota = cgroupQuota() { count = min(count, max(1, quota)) }
        return max(1, count)
    }

    /// The CPUs that `cpu.max` of cgroup v2 grants, rounded up.
    private static func cgroupQuota() -> Int? {
        guard let descriptor = try? Sys.open("/sys/fs/cgroup/cpu.max", O_RDONLY) else { return nil }
        defer { try? Sys.close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 64)
        guard let length = try? buffer.withUnsafeMutableBytes({ try Sys.read(descriptor, into: $0) }) else {
            return nil
        }
        let parts = String(decoding: buffer[..<length], as: UTF8.self).split(whereSeparator: { $0 == " " || $0 == "\n" }
        )
        guard parts.count == 2, let quota = Int(parts[0]), let period = Int(parts[1]), period > 0 else { return nil }
        return (quota + period - 1) / period
    }

    /// Calls `body(index, worker)` once for each index below `count`, beginning them in this order, on up to `width`
    /// threads. `worker` is below `width`, and no two calls with the same worker run at once. After an error no further
    /// index begins.
    ///
    /// - Parameter idleWorkers: where workers help when they have no index left. There are then always `width` workers,
    ///   even for fewer indices.
    /// - Throws: the error of the lowest index that failed.
    public func forEach(
        count: Int, idleWorkers: IdleWorkers? = nil,
        _ body: @escaping @Sendable (_ index: Int, _ worker: Int) throws -> Void
    ) throws {
        let state = PoolState(count: count)
        let workers = idleWorkers == nil ? max(1, min(width, count)) : width
        idleWorkers?.begin(workers: workers)
        var threads: [pthread_t] = []
        for worker in 1..<workers {
            let thread = startThread {
                state.work(worker, body)
                idleWorkers?.help()
            }
            // The system has no more threads: the others do its work.
            if let thread { threads.append(thread) } else { idleWorkers?.giveUpWorker() }
        }
        state.work(0, body)
        idleWorkers?.help()
        for thread in threads { pthread_join(thread, nil) }
        if let error = state.firstError { throw error }
    }
}

/// What the threads of one `forEach` share.
private final class PoolState: @unchecked Sendable {
    private let mutex = Mutex()
    private let count: Int
    private var nextIndex = 0
    private var failedIndex = Int.max
    private var error: (any Error)?

    init(count: Int) { self.count = count }

    var firstError: (any Error)? { error }

    func work(_ worker: Int, _ body: (Int, Int) throws -> Void) {
        while let index = take() {
            do {
                try body(index, worker)
            } catch {
                fail(index, error)
            }
        }
    }

    private func take() -> Int? {
        mutex.lock()
        defer { mutex.unlock() }
        guard error == nil, nextIndex < count else { return nil }
        nextIndex += 1
        return nextIndex - 1
    }

    private func fail(_ index: Int, _ error: any Error) {
        mutex.lock()
        defer { mutex.unlock() }
        if index < failedIndex {
            failedIndex = index
            self.error = error
        }
    }
}

/// Starts a thread with a stack of 1 MiB (`pthread_create(3)`); nil if the system cannot start one. Join it with
/// `pthread_join`.
public func startThread(_ body: @escaping @Sendable () -> Void) -> pthread_t? {
    let box = Unmanaged.passRetained(ThreadBody(body))
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setstacksize(&attributes, 1 << 20)
    defer { pthread_attr_destroy(&attributes) }
    var thread = pthread_t()
    let code = pthread_create(
        &thread, &attributes,
        { argument in
            if let argument { Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().body() }
            return nil
        }, box.toOpaque())
    if code != 0 {
        box.release()
        return nil
    }
    return thread
}

private final class ThreadBody: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}
