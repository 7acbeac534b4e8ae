#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Workers of a `WorkerPool` that have nothing left to begin, and the parts of work others offer them meanwhile.
public final class SpareHands: @unchecked Sendable {
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

    private var mutex = pthread_mutex_t()
    private var changed = pthread_cond_t()
    private var jobs: [Job] = []
    private var working = 0
    private var idle = 0

    public init() {
        pthread_mutex_init(&mutex, nil)
        pthread_cond_init(&changed, nil)
    }

    deinit {
        pthread_cond_destroy(&changed)
        pthread_mutex_destroy(&mutex)
    }

    /// How many workers wait for something to do.
    public var count: Int { locked { idle } }

    /// Offers `body(0)` to `body(count - 1)`; `finish` it.
    public func offer(count: Int, _ body: @escaping @Sendable (Int) -> Void) -> Job {
        let job = Job(count: count, body: body)
        locked {
            jobs.append(job)
            pthread_cond_broadcast(&changed)
        }
        return job
    }

    /// Does what nobody has begun, and returns when all is done.
    public func finish(_ job: Job) {
        pthread_mutex_lock(&mutex)
        defer { pthread_mutex_unlock(&mutex) }
        while job.begun < job.count { doPart(of: job) }
        while job.ended < job.count { pthread_cond_wait(&changed, &mutex) }
    }

    /// That many workers are about to begin; each of them is to `help`.
    func begin(workers: Int) { locked { working += workers } }

    /// A worker could not be had.
    func giveUpWorker() {
        locked {
            working -= 1
            pthread_cond_broadcast(&changed)
        }
    }

    /// Lends a hand until no worker has work of its own.
    func help() {
        pthread_mutex_lock(&mutex)
        defer { pthread_mutex_unlock(&mutex) }
        working -= 1
        idle += 1
        pthread_cond_broadcast(&changed)
        while working > 0 {
            if let job = jobs.first {
                idle -= 1
                doPart(of: job)
                idle += 1
            } else {
                pthread_cond_wait(&changed, &mutex)
            }
        }
        idle -= 1
    }

    /// Called with the mutex held, which is free meanwhile.
    private func doPart(of job: Job) {
        let part = job.begun
        job.begun += 1
        if job.begun == job.count { jobs.removeAll { $0 === job } }
        pthread_mutex_unlock(&mutex)
        job.body(part)
        pthread_mutex_lock(&mutex)
        job.ended += 1
        if job.ended == job.count { pthread_cond_broadcast(&changed) }
    }

    private func locked<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_lock(&mutex)
        defer { pthread_mutex_unlock(&mutex) }
        return body()
    }
}
