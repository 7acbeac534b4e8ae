/// Workers of a `WorkerPool` that have no work of their own left, and parts of work that other workers offer them.
public final class IdleWorkers: @unchecked Sendable {
    /// Work in equal parts, done in any order by any worker that is free.
    public final class Job: @unchecked Sendable {
        fileprivate let body: @Sendable (Int) -> Void
        fileprivate let count: Int
        fileprivate var begun = 0
        fileprivate var ended = 0

        fileprivate init(count: Int, body: @escaping @Sendable (Int) -> Void) {
            self.count = count
            self.body = body
        }
    }

    private let mutex = Mutex()
    private var jobs: [Job] = []
    private var working = 0
    private var idle = 0

    public init() {}

    /// How many workers wait for work.
    public var count: Int { mutex.withLock { idle } }

    /// Offers the calls `body(0)` to `body(count - 1)` to idle workers. Every job must be passed to `finish`.
    public func offer(count: Int, _ body: @escaping @Sendable (Int) -> Void) -> Job {
        let job = Job(count: count, body: body)
        mutex.withLock {
            jobs.append(job)
            mutex.broadcast()
        }
        return job
    }

    /// Does the parts that no worker has begun, and returns when all parts are done.
    public func finish(_ job: Job) {
        mutex.lock()
        defer { mutex.unlock() }
        while job.begun < job.count { doPart(of: job) }
        while job.ended < job.count { mutex.wait() }
    }

    /// Announces workers that are about to begin; each of them has to call `help`.
    func begin(workers: Int) { mutex.withLock { working += workers } }

    /// A worker that was announced could not be started.
    func giveUpWorker() {
        mutex.withLock {
            working -= 1
            mutex.broadcast()
        }
    }

    /// Does parts of offered jobs until no worker has work of its own.
    func help() {
        mutex.lock()
        defer { mutex.unlock() }
        working -= 1
        idle += 1
        mutex.broadcast()
        while working > 0 {
            if let job = jobs.first {
                idle -= 1
                doPart(of: job)
                idle += 1
            } else {
                mutex.wait()
            }
        }
        idle -= 1
    }

    /// Called with the mutex held; it is released while the part is done.
    private func doPart(of job: Job) {
        let part = job.begun
        job.begun += 1
        if job.begun == job.count { jobs.removeAll { $0 === job } }
        mutex.unlock()
        job.body(part)
        mutex.lock()
        job.ended += 1
        if job.ended == job.count { mutex.broadcast() }
    }
}
