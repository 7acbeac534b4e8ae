import LibC
import Support

/// Brings a kept download to its sink, on a thread of its own.
final class KeptCopy: Sendable {
    enum Outcome: Sendable {
        /// The number of bytes that were copied.
        case copied(Int64)
        /// The kept file is damaged.
        case damaged(String)
        case failed(any Error)
    }

    private let request: FetchRequest
    private let path: ByteString
    private let reporter: any Reporter
    private let result = Locked<Outcome>(.damaged("it was not read"))

    init(_ kept: UnhashedDownload, for request: FetchRequest, reporter: any Reporter) {
        self.request = kept.request(request)
        path = kept.path
        self.reporter = reporter
    }

    var outcome: Outcome { result.withLock { $0 } }

    /// Copies on another thread if one can be started, and calls back at the end.
    func start(then done: @escaping @Sendable () -> Void) {
        let work: @Sendable () -> Void = {
            self.run()
            done()
        }
        if let thread = startThread(work) { pthread_detach(thread) } else { work() }
    }

    /// Copies the file. If it is damaged the sink is reset.
    func run() {
        var outcome: Outcome
        do {
            let file = try File.open(path)
            let source = try LocalSource(file)
            if let stranger = source.stranger { throw Failure("it belongs to \(stranger), not to you") }
            let mismatch = try source.copy(request, alsoTo: nil, reporter: reporter, isCancelled: { false })
            if let mismatch {
                outcome = .damaged("its \(mismatch.name) is \(mismatch.actual)")
            } else {
                try SinkError.wrapping { try request.sink.finish(size: source.size) }
                // As `PackageCache.noteUse`.
                try? Sys.setTimes(file.descriptor, access: WallClock.seconds, modification: nil)
                outcome = .copied(source.size)
            }
        } catch let error as SinkError {
            outcome = .failed(error.underlying)
        } catch {
            outcome = .damaged("\(error)")
        }
        if case .damaged(let reason) = outcome {
            reporter.warn("the cache entry '\(path)' is damaged (\(reason)); it is fetched again")
            do { try request.sink.restart() } catch { outcome = .failed(error) }
        }
        result.withLock { $0 = outcome }
    }
}
