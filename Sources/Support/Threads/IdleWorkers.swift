/// Workers of a `WorkerPool` that have nothing left to begin, and the parts of work others offer them meanwhile.
public final class IdleWorkers: @unchecked Sendable {
    /// Equal parts of something, done in any order by whoever is free.
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

    /// How many workers wait for something to do.
    public var count: Int { mutex.withLock { idle } }

    /// Offers `body(0)` to `body(count - 1)`; `finish` it.
    func offer(count: Int, _ body: @escaping @Sendable (Int) -> Void) -> Job {
        let job = Job(count: count, body: body)
        mutex.withLock {
            jobs.append(job)
            mutex.broadcast()
        }
        return job
    }

    /// Does what nobody has begun, and returns when all is done.
    public func finish(_ job: Job) {
        mutex.lock()
        defer { mutex.unlock() }
        while job.begun < job.count { doPart(of: job) }
        while job.ended < job.count { mutex.wait() }
    }

    /// That many workers are about to begin; each of them is to `help`.
    func begin(workers: Int) { mutex.withLock { working += workers } }

    /// A worker could not be had.
    func giveUpWorker() {
        mutex.withLock {
            working -= 1
            mutex.broadcast()
        }
    }

    /// Lends a hand until no worker has work of its own.
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

    /// Called with the mutex held, which is free meanwhile.
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
