import CondaModel
import Support

/// Brings files from caches, local paths and the network, each verified, to their sinks.
public struct Fetcher: Sendable {
    private let settings: FetchSettings
    private let reporter: any Reporter
    private let cache: PackageCache?
    private let planner: RequestPlanner

    /// Makes the cache folder of `settings` and its tag if need be.
    public init(settings: FetchSettings, reporter: any Reporter = SilentReporter()) throws {
        self.settings = settings
        self.reporter = reporter
        cache = try settings.cacheDirectory.map { try PackageCache(at: $0) }
        planner = try RequestPlanner(settings, reporter: reporter)
    }

    /// Brings all files, or says of every one that cannot be had why.
    ///
    /// Local and cached files are copied by a few threads while downloads run. A file whose cache entry is damaged is
    /// downloaded and the entry replaced.
    ///
    /// - Parameter window: lets a file begin only when it admits the request's position; requests come in the order of
    ///   their positions. The first file that cannot be had then ends the fetch.
    /// - Returns: the results in the order of the requests.
    /// - Throws: `Failure` with all files that failed, or the first error of a sink or of the window.
    public func fetch(_ requests: [FetchRequest], within window: ReadAhead? = nil) throws -> [FetchResult] {
        let run = FetchRun(settings: settings, reporter: reporter, cache: cache, planner: planner, window: window)
        return try run.fetch(requests)
    }
}

/// One call of `Fetcher.fetch`.
private final class FetchRun: Sendable {
    private let settings: FetchSettings
    private let reporter: any Reporter
    private let cache: PackageCache?
    private let planner: RequestPlanner
    private let rattlerCache: RattlerCache?
    private let window: ReadAhead?
    private let inbox = TransferInbox()
    private let outcome = Locked(Outcome())

    private struct Outcome {
        var results: [FetchResult] = []
        var failures: [DownloadFailure] = []
        var fatal: (any Error)?
    }

    init(
        settings: FetchSettings, reporter: any Reporter, cache: PackageCache?, planner: RequestPlanner,
        window: ReadAhead?
    ) {
        self.window = window
        self.settings = settings
        self.reporter = reporter
        self.cache = cache
        self.planner = planner
        rattlerCache = settings.usesRattlerCache ? RattlerCache(settings.environment) : nil
    }

    func fetch(_ requests: [FetchRequest]) throws -> [FetchResult] {
        // Downloads that need no file of the cache to be looked at begin at once.
        var local: [FetchRequest] = []
        for request in inOrderOfBeginning(requests) {
            if localPath(of: request) == nil, cachedFile(for: request) == nil, rattlerFile(for: request) == nil {
                try sendToNetwork(request, hasBegun: false)
            } else {
                local.append(request)
            }
        }
        let localRequests = local
        let thread = startThread { self.copyLocal(localRequests, within: self.window) }
        // Without a thread they are copied at once, and not into a window, from which nobody would take anything.
        if thread == nil { copyLocal(localRequests, within: nil) }
        var engineError: (any Error)?
        var downloads: (results: [FetchResult], failures: [DownloadFailure]) = ([], [])
        do {
            let engine = try TransferEngine(
                settings: settings, planner: planner, reporter: reporter, inbox: inbox, window: window)
            try engine.run()
            downloads = (engine.results, engine.failures)
        } catch {
            engineError = error
            window?.end()
            outcome.withLock { if $0.fatal == nil { $0.fatal = error } }
        }
        if let thread { joinThread(thread) }
        let (results, failures, fatal) = outcome.withLock { ($0.results, $0.failures, $0.fatal) }
        if let error = engineError ?? fatal { throw error }
        let allFailures = failures + downloads.failures
        if !allFailures.isEmpty { throw DownloadFailure.combine(allFailures) }
        var byID: [Int: FetchResult] = [:]
        for result in results + downloads.results { byID[result.id] = result }
        return requests.compactMap { byID[$0.id] }
    }

    /// Large files first, so that none of them comes alone at the end; as they are where the order counts.
    private func inOrderOfBeginning(_ requests: [FetchRequest]) -> [FetchRequest] {
        if window != nil { return requests }
        let sizes = requests.map { $0.file.size ?? 0 }
        return sizes.indices.sorted { (sizes[$1], $0) < (sizes[$0], $1) }.map { requests[$0] }
    }

    // MARK: Local files

    private func copyLocal(_ requests: [FetchRequest], within window: ReadAhead?) {
        defer { inbox.close() }
        do {
            try WorkerPool(width: settings.localWorkers).forEach(count: requests.count) { index, _ in
                guard requests.indices.contains(index), !self.isCancelled else { return }
                let request = requests[index]
                if let window, let position = request.position {
                    guard try window.waitForAdmission(position, size: request.file.size) else { return }
                }
                try self.copyOne(request)
            }
        } catch let error as SinkError {
            outcome.withLock {
                $0.fatal = Failure(
                    "could not write a downloaded file", cause: error.underlying,
                    remedy: "Make room, or name another folder with --use-cache.")
            }
            window?.end()
        } catch {
            outcome.withLock { $0.fatal = $0.fatal ?? error }
            window?.end()
        }
    }

    private var isCancelled: Bool { outcome.withLock { $0.fatal != nil } }

    private func copyOne(_ request: FetchRequest) throws {
        reporter.progress(.itemBegan(id: request.id, name: "\(request.file.name)", bytes: request.file.size))
        if let file = cachedFile(for: request), try copyFromCache(request, file) {
            return reporter.progress(.itemEnded(id: request.id))
        }
        guard let path = localPath(of: request) else {
            if let file = rattlerFile(for: request), try copyFromRattler(request, file) {
                return reporter.progress(.itemEnded(id: request.id))
            }
            return try sendToNetwork(request, hasBegun: true)
        }
        if (try? Sys.exists(path)) != true, let file = rattlerFile(for: request), try copyFromRattler(request, file) {
            return reporter.progress(.itemEnded(id: request.id))
        }
        do {
            try copyFromPath(request, path)
        } catch let error as SinkError {
            throw error
        } catch is Cancelled {
            return
        } catch {
            note(DownloadFailure(request: request, url: path.lossyString, tries: 1, error: error))
            return reporter.progress(.itemFailed(id: request.id, reason: "\(error)"))
        }
        reporter.progress(.itemEnded(id: request.id))
    }

    /// False: the entry is not what was asked for, which was reported, and the sink begins again.
    private func copyFromCache(_ request: FetchRequest, _ file: File) throws -> Bool {
        guard let problem = try copy(request, from: file) else {
            cache?.noteUse(of: file)
            return true
        }
        switch problem {
        case .damage(let reason):
            reporter.warn("the cache entry '\(file.path)' is damaged (\(reason)); it is fetched again")
        case .other(let reason):
            reporter.note(
                "The cache has another file of this name, '\(file.path)' (\(reason)): the one of this lock file is fetched "
                    + "and takes its place.")
        }
        return false
    }

    /// False: it is another file.
    private func copyFromRattler(_ request: FetchRequest, _ file: File) throws -> Bool {
        guard let source = try? LocalSource(file), request.file.size.map({ $0 == source.size }) ?? true else {
            return false
        }
        guard let problem = try copy(request, from: file) else { return true }
        reporter.debug("'\(file.path)' is not used: \(problem.reason)")
        return false
    }

    /// Fills the sink from a cached file, unless all is to end.
    ///
    /// - Returns: why the file is not what was asked for, when the sink begins again.
    private func copy(_ request: FetchRequest, from file: File) throws -> CopyProblem? {
        let problem: CopyProblem
        do {
            let source = try LocalSource(file)
            let mismatch = try source.copy(request, alsoTo: nil, reporter: reporter, isCancelled: { self.isCancelled })
            if let mismatch {
                problem = CopyProblem(mismatch, source, expected: request.file.size)
            } else {
                try SinkError.wrapping { try request.sink.finish(size: source.size) }
                outcome.withLock {
                    $0.results.append(FetchResult(id: request.id, size: source.size, origin: .cache))
                }
                return nil
            }
        } catch let error as SinkError {
            throw error
        } catch is Cancelled {
            return nil
        } catch {
            problem = .damage("\(error)")
        }
        try SinkError.wrapping { try request.sink.restart() }
        return problem
    }

    private func copyFromPath(_ request: FetchRequest, _ path: ByteString) throws {
        let source = try LocalSource(File.open(path))
        var entry: CacheEntryWriter?
        if request.file.kind == .conda, request.file.digests.isKnown, let key = request.cacheKey {
            entry = try cache?.beginEntry(key)
        }
        let mismatch = try source.copy(request, alsoTo: entry, reporter: reporter, isCancelled: { self.isCancelled })
        if let mismatch {
            throw mismatch.failure(fileName: request.file.name, origin: "'\(path)'")
        }
        if !request.file.digests.isKnown { try request.sink.examine(size: source.size) }
        try entry?.commit()
        try SinkError.wrapping { try request.sink.finish(size: source.size) }
        outcome.withLock { $0.results.append(FetchResult(id: request.id, size: source.size, origin: .localFile)) }
    }

    private func cachedFile(for request: FetchRequest) -> File? {
        guard let cache, let key = request.cacheKey, isCached(request), request.file.digests.isKnown else { return nil }
        return cache.open(key).flatMap { permitted($0, for: request) }
    }

    /// What was kept of a file nobody knows the hash of; only its server can tell whether it is still the same.
    private func kept(_ request: FetchRequest) -> UnhashedDownload? {
        guard let cache, request.cacheKey != nil, !request.file.digests.isKnown, localPath(of: request) == nil,
            case .url(let url) = request.file.location
        else { return nil }
        return UnhashedDownload(in: cache.directory, url.withoutDirectPrefix, fileName: request.file.name)
    }

    /// Only what can be verified is taken from a cache of others.
    private func rattlerFile(for request: FetchRequest) -> File? {
        guard request.file.kind == .conda, request.file.digests.isKnown else { return nil }
        return rattlerCache?.open(ByteString(request.file.name)).flatMap { permitted($0, for: request) }
    }

    /// Another user's file must prove what it is by more than MD5, of which pairs can be made.
    private func permitted(_ file: File, for request: FetchRequest) -> File? {
        guard request.file.digests.sha256 == nil, let source = try? LocalSource(file), let stranger = source.stranger
        else { return file }
        reporter.debug("'\(file.path)' is not used: it belongs to \(stranger), and only its MD5 is known")
        return nil
    }

    /// Local wheels are never cached, neither written nor read (docs/spec/network.md#downloads).
    private func isCached(_ request: FetchRequest) -> Bool {
        request.file.kind == .conda || localPath(of: request) == nil
    }

    /// The path of a path or `file:` URL.
    private func localPath(of request: FetchRequest) -> ByteString? {
        switch request.file.location {
        case .path(let path): settings.baseDirectory.appending(path: path)
        case .url(let url): url.withoutDirectPrefix.filePath
        }
    }

    // MARK: Network

    /// - Parameter hasBegun: whether it was tried in another way already.
    private func sendToNetwork(_ request: FetchRequest, hasBegun: Bool) throws {
        guard case .url(let location) = request.file.location else { return }
        let url = location.withoutDirectPrefix
        let kept = kept(request)
        if settings.isOffline {
            if let kept, try copyOffline(request, kept) { return }
            let error = Failure(
                "it is not in the cache, and --offline forbids to download \(url.redacted)",
                remedy: "Pack once without --offline and with the same --cache or --use-cache.", kind: .notFound)
            return note(DownloadFailure(request: request, url: url.redacted, tries: 0, error: error))
        }
        let transfer = Transfer(request: request, url: url, cache: cache, kept: kept, reporter: reporter)
        transfer.isAdmitted = hasBegun
        inbox.add(transfer)
    }

    /// Nobody can be asked whether it is still the same.
    private func copyOffline(_ request: FetchRequest, _ kept: UnhashedDownload) throws -> Bool {
        let copy = KeptCopy(kept, for: request, reporter: reporter)
        copy.run()
        switch copy.outcome {
        case .copied(let size):
            outcome.withLock { $0.results.append(FetchResult(id: request.id, size: size, origin: .cache)) }
            return true
        case .damaged: return false
        case .failed(let error): throw error
        }
    }

    /// What waits for the turn of a file that never comes would wait forever.
    private func note(_ failure: DownloadFailure) {
        outcome.withLock { $0.failures.append(failure) }
        window?.end()
    }
}
