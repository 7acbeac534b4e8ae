import CLibCurl
import CondaModel
import LibC
import Support

/// Drives all downloads of a fetch from one thread with one curl multi handle: connections are kept and shared, HTTP/2
/// carries many downloads at once.
final class TransferEngine {
    private let settings: FetchSettings
    let reporter: any Reporter
    let planner: RequestPlanner
    let options: ConnectionOptions
    let policy: RetryPolicy
    private let inbox: TransferInbox
    let multi: UnsafeMutableRawPointer
    private let limiter: RateLimiter?
    private let hashWorkers: [HashWorker]
    private var nextWorker = 0

    private let window: ReadAhead?
    /// What was tried before, and then what begins, in its order.
    private var again: [Transfer] = []
    private var ready: [Transfer] = []
    private var nextReady = 0
    private var delayed: [(due: Double, transfer: Transfer)] = []
    var active: [UnsafeMutableRawPointer: (transfer: Transfer, handle: CurlHandle)] = [:]
    private var preparing: [ObjectIdentifier: (transfer: Transfer, thread: pthread_t?)] = [:]
    /// Transfers whose bytes have come, but are not all hashed.
    private var verifying: [ObjectIdentifier: Transfer] = [:]
    var idle: [CurlHandle] = []
    /// By origin.
    var circuits: [String: HostCircuit] = [:]
    /// Exchanges that wait until their server answers, by origin.
    var held: [String: [(transfer: Transfer, exchange: HTTPRequest)]] = [:]
    /// Why servers were given up, by origin.
    var unreachable: [String: FailureCause] = [:]
    private var isInboxOpen = true

    private(set) var results: [FetchResult] = []
    private(set) var failures: [DownloadFailure] = []

    init(
        settings: FetchSettings, planner: RequestPlanner, reporter: any Reporter, inbox: TransferInbox,
        window: ReadAhead? = nil
    ) throws {
        guard CurlLibrary.isReady, let multi = curl_multi_init() else {
            throw Failure("could not start the HTTP client (libcurl)", remedy: "Is there memory left?")
        }
        self.multi = multi
        self.settings = settings
        self.planner = planner
        self.reporter = reporter
        self.inbox = inbox
        self.window = window
        options = planner.options
        hashWorkers = (0..<HashWorker.usualCount).map { _ in HashWorker() }
        limiter = settings.rateLimit.map { RateLimiter($0) }
        policy = RetryPolicy(tries: max(1, settings.tries), backoffSeconds: settings.backoffSeconds)
        _ = pixi_curl_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX))
        _ = pixi_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, max(20, min(limit, 256)))
        inbox.attach(multi)
        window?.onChange { inbox.wake() }
    }

    deinit {
        for (_, entry) in preparing { if let thread = entry.thread { joinThread(thread) } }
        window?.onChange(nil)
        inbox.attach(nil)
        for (pointer, _) in active { curl_multi_remove_handle(multi, pointer) }
        for worker in hashWorkers { worker.close() }
        active = [:]
        idle = []
        curl_multi_cleanup(multi)
    }

    /// Downloads at a time.
    var limit: Int {
        let wanted = settings.concurrency > 0 ? settings.concurrency : ConnectionOptions.mostDescriptors
        // A few at a time are enough for a slow line, and none of them starves.
        return settings.rateLimit.map { min(wanted, Int(max(1, min($0 >> 16, 10_000)))) } ?? wanted
    }

    /// Works until the inbox is closed and everything in it is done or has failed for good.
    ///
    /// - Throws: the error of a sink, at once.
    func run() throws {
        while true {
            try Interruption.check()
            takeInbox()
            takeDue()
            try takePlans()
            try takeHashed()
            if try window?.isEnded() == true { return }
            while active.count + preparing.count < limit, preparing.count < 32, let transfer = try nextTransfer() {
                try begin(transfer)
            }
            try releaseHeld()
            if active.isEmpty, preparing.isEmpty, verifying.isEmpty, delayed.isEmpty, again.isEmpty, ready.isEmpty,
                held.isEmpty, !isInboxOpen
            {
                return
            }
            resumePaused()
            try watchServers()
            var running: Int32 = 0
            curl_multi_perform(multi, &running)
            if try finishExchanges() { continue }
            curl_multi_poll(multi, nil, 0, timeoutMilliseconds, nil)
        }
    }

    /// What may begin now.
    private func nextTransfer() throws -> Transfer? {
        if !again.isEmpty { return again.removeFirst() }
        guard nextReady < ready.count else { return nil }
        let transfer = ready[nextReady]
        if let window, let position = transfer.request.position {
            guard try window.admits(position, size: transfer.request.file.size) else { return nil }
            transfer.isAdmitted = true
        }
        nextReady += 1
        if nextReady == ready.count {
            ready = []
            nextReady = 0
        }
        return transfer
    }

    /// Goes on with downloads the rate limit stopped, as far as it allows.
    private func resumePaused() {
        guard let limiter else { return }
        for (pointer, entry) in active where entry.transfer.isPaused && limiter.wait <= 0 {
            entry.transfer.isPaused = false
            curl_easy_pause(pointer, CURLPAUSE_CONT)
        }
    }

    private func takeInbox() {
        let (transfers, isOpen) = inbox.take()
        for transfer in transfers {
            if transfer.isAdmitted { again.append(transfer) } else { ready.append(transfer) }
        }
        isInboxOpen = isOpen
    }

    private func takeDue() {
        guard !delayed.isEmpty else { return }
        let now = MonotonicClock.seconds
        for entry in delayed where entry.due <= now { again.append(entry.transfer) }
        delayed.removeAll { $0.due <= now }
    }

    /// So soon a signal is met when nothing comes.
    private let longestPoll: Int32 = 250

    private var timeoutMilliseconds: Int32 {
        if let wait = limiter?.wait, wait > 0 { return min(Int32(min(wait, 1) * 1000 + 1), longestPoll) }
        let held = held.keys.compactMap { circuits[$0]?.nextProbe }
        guard let due = (delayed.map(\.due) + held).min(), active.count < limit else { return longestPoll }
        return Int32(max(0, min(Double(longestPoll), (due - MonotonicClock.seconds) * 1000 + 1)))
    }

    // MARK: Beginning

    /// Begins the next try of a transfer.
    private func begin(_ transfer: Transfer) throws {
        if transfer.tries == 0 {
            reporter.progress(
                .itemBegan(
                    id: transfer.request.id, name: "\(transfer.request.file.name)", bytes: transfer.request.file.size))
            transfer.mirrorRule = planner.mirrors.rule(for: transfer.url)
            transfer.use(hashWorkers[nextWorker])
            nextWorker = (nextWorker + 1) % hashWorkers.count
        }
        transfer.tries += 1
        transfer.redirects = 0
        transfer.exchange = nil
        do {
            let url = try chooseMirror(transfer)
            let input = RequestPlanner.Input(
                url: url, sha256: transfer.request.file.digests.sha256, mirror: transfer.mirror,
                isRenewing: transfer.isRenewing)
            transfer.isRenewing = false
            if planner.mayBlock(url) {
                prepare(transfer, input)
            } else {
                try send(transfer, try planner.plan(input))
            }
        } catch {
            try endUnplanned(transfer, error)
        }
    }

    /// The URL to ask: the package's own, or that of the best mirror that has not failed.
    private func chooseMirror(_ transfer: Transfer) throws -> WebURL {
        guard let rule = transfer.mirrorRule else { return transfer.url }
        var choice = planner.mirrors.choose(rule, excluding: transfer.failedMirrors.union(transfer.deadMirrors))
        if choice == nil {
            transfer.failedMirrors = []
            transfer.hasAskedAllMirrors = true
            choice = planner.mirrors.choose(rule, excluding: transfer.deadMirrors)
        }
        transfer.mirror = choice
        guard let choice else {
            throw Failure(
                "HTTP status client error (404 Not Found) for url (\(transfer.url.redacted)): All mirrors are dead",
                remedy: "The configuration names mirrors for this URL; see 'pixi-pack config'.")
        }
        return try planner.mirrors.rewrite(transfer.url, choice)
    }

    /// Lets a thread ask whoever has to be asked first.
    private func prepare(_ transfer: Transfer, _ input: RequestPlanner.Input) {
        let id = ObjectIdentifier(transfer)
        let (planner, inbox) = (planner, inbox)
        let work: @Sendable () -> Void = { inbox.add(plan: Result { try planner.plan(input) }, for: id) }
        let thread = startThread(work)
        preparing[id] = (transfer, thread)
        if thread == nil { work() }
    }

    private func takePlans() throws {
        for (id, result) in inbox.takePlans() {
            guard let (transfer, thread) = preparing.removeValue(forKey: id) else { continue }
            if let thread { joinThread(thread) }
            do {
                try send(transfer, try result.get())
            } catch {
                try endUnplanned(transfer, error)
            }
        }
    }

    /// There was nobody to ask, or nothing to ask for.
    private func endUnplanned(_ transfer: Transfer, _ error: any Error) throws {
        var innermost: any Error = error
        while let failure = innermost as? Failure, let cause = failure.cause { innermost = cause }
        guard let problem = innermost as? ExchangeProblem else {
            return giveUp(transfer, origin: transfer.url.redacted, error)
        }
        if case .status(404) = problem.cause { excludeMirror(transfer, forever: true) } else { excludeMirror(transfer) }
        try proceed(transfer, after: .unplanned(isTransient: problem.isTransient), problem.cause) {
            self.giveUp(transfer, origin: problem.url, DownloadFailure.explaining(error, problem))
        }
    }

    // MARK: Mirrors

    /// The mirror of the last try is not asked again in this round, or for this file at all.
    func excludeMirror(_ transfer: Transfer, forever: Bool = false) {
        guard let mirror = transfer.mirror else { return }
        if forever { transfer.deadMirrors.insert(mirror.index) } else { transfer.failedMirrors.insert(mirror.index) }
    }

    /// Whether the next try would go to another place than the last ones.
    func hasAlternative(_ transfer: Transfer) -> Bool {
        guard let rule = transfer.mirrorRule else { return false }
        return planner.mirrors.choose(rule, excluding: transfer.failedMirrors.union(transfer.deadMirrors)) != nil
    }

    /// Puts one exchange on the wire, or lets it wait until its server answers others.
    private func send(_ transfer: Transfer, _ exchange: HTTPRequest) throws {
        let origin = Origin.text(of: exchange.url)
        switch circuits[origin, default: HostCircuit()].admit(now: MonotonicClock.seconds) {
        case .go: try transmit(transfer, exchange)
        case .wait(let until):
            held[origin, default: []].append((transfer, exchange))
            reportWaiting(transfer, for: origin, until: until)
        case .refuse:
            transfer.exchange = exchange
            giveUp(transfer, unreachable[origin] ?? .connection("the server does not answer"))
        }
    }

    func transmit(_ transfer: Transfer, _ exchange: HTTPRequest) throws {
        try options.proxies.proxy(forURL: exchange.url)?.check()
        let handle = try idle.popLast() ?? CurlHandle()
        handle.reset()
        transfer.prepareForExchange()
        transfer.exchange = exchange
        transfer.began = MonotonicClock.seconds
        transfer.origin = Origin.text(of: exchange.url)
        transfer.period = circuits[transfer.origin]?.period ?? 0
        transfer.limiter = limiter
        options.apply(to: handle, url: exchange.url)
        handle.setHeaders(
            ["Accept-Encoding: identity", "Accept: */*"] + transfer.rangeHeaders + transfer.conditions
                + (transfer.mismatches > 0 ? ["Cache-Control: no-cache"] : []) + exchange.secretHeaders)
        handle.setReceiver(transfer)
        let code = curl_multi_add_handle(multi, handle.pointer)
        guard code == CURLM_OK else {
            throw Failure("could not begin a download", cause: Failure("\(String(cString: curl_multi_strerror(code)))"))
        }
        active[handle.pointer] = (transfer, handle)
        reporter.progress(.itemAsked(id: transfer.request.id, server: "\(transfer.origin)"))
        reporter.trace("GET \(Redaction.url(exchange.url)) (try \(transfer.tries), from byte \(transfer.received))")
    }

    // MARK: Ending

    /// Takes the exchanges that ended; whether there were any.
    private func finishExchanges() throws -> Bool {
        var didFinish = false
        var remaining: Int32 = 0
        while let message = curl_multi_info_read(multi, &remaining) {
            guard message.pointee.msg == CURLMSG_DONE, let pointer = message.pointee.easy_handle,
                let (transfer, handle) = active.removeValue(forKey: pointer)
            else { continue }
            var code = message.pointee.data.result
            // libcurl says only that its bytes were not taken.
            if case .lost = transfer.problem { code = CURLE_RECV_ERROR }
            if case .enough = transfer.problem { code = CURLE_OK }
            let redirect = handle.redirectURL
            transfer.message = handle.message(of: code)
            let asked = transfer.exchange?.url ?? ""
            transfer.broken = handle.cause(
                of: code, url: asked, trust: options.trust, proxy: options.proxies.proxy(forURL: asked))
            transfer.refusal = proxyRefusal(handle, code, transfer)
            reporter.trace(
                "\(transfer.request.file.name): status \(transfer.head.status), curl \(code.rawValue), "
                    + "protocol \(handle.protocolVersion)")
            curl_multi_remove_handle(multi, pointer)
            idle.append(handle)
            didFinish = true
            try end(transfer, code, redirect)
        }
        return didFinish
    }

    private func end(_ transfer: Transfer, _ code: CURLcode, _ redirect: String?) throws {
        let url = transfer.exchange?.url ?? ""
        if case .sink(let error) = transfer.problem {
            throw transfer.unwritten(error)
        }
        if case .tooLong = transfer.problem {
            noteAnswer(transfer)
            return try endTooLong(transfer)
        }
        if case .wrongRange = transfer.problem {
            let cause = FailureCause.connection("the server sent another part of the file than was asked for")
            return try proceed(transfer, after: .wrongRange, cause)
        }
        let status = transfer.head.status
        if status > 0 || transfer.refusal != nil { noteAnswer(transfer) }
        if let refusal = transfer.refusal { return giveUp(transfer, refusal) }
        if code != CURLE_OK { return try endBroken(transfer, code, url) }
        if (300..<400).contains(status), status != 304, let redirect { return follow(transfer, redirect) }
        if status == 304, let kept = transfer.kept { return copy(kept, for: transfer) }
        guard status == 200 || status == 203 || status == 206 else { return try endRefused(transfer, status) }
        let id = ObjectIdentifier(transfer)
        verifying[id] = transfer
        let inbox = inbox
        if !transfer.whenHashed({ inbox.add(hashed: id) }) { try endVerified(id) }
    }

    /// The server has nothing newer than what was kept.
    private func copy(_ kept: UnhashedDownload, for transfer: Transfer) {
        let (id, inbox) = (ObjectIdentifier(transfer), inbox)
        verifying[id] = transfer
        transfer.copy = KeptCopy(kept, for: transfer.request, reporter: reporter)
        transfer.copy?.start { inbox.add(hashed: id) }
    }

    private func endCopy(_ transfer: Transfer, _ outcome: KeptCopy.Outcome) throws {
        switch outcome {
        case .copied(let size): end(transfer, FetchResult(id: transfer.request.id, size: size, origin: .cache))
        case .damaged: try proceed(transfer, after: .damagedCopy, .status(304))
        case .failed(let error): throw transfer.unwritten(error)
        }
    }

    private func end(_ transfer: Transfer, _ result: FetchResult) {
        results.append(result)
        reporter.progress(.itemEnded(id: transfer.request.id))
    }

    private func takeHashed() throws {
        for id in inbox.takeHashed() { try endVerified(id) }
    }

    /// All bytes of an answer have come and are hashed.
    private func endVerified(_ id: ObjectIdentifier) throws {
        guard let transfer = verifying.removeValue(forKey: id) else { return }
        if let copy = transfer.takeCopy() { return try endCopy(transfer, copy.outcome) }
        let wasShort = transfer.isShort
        let mismatch: HashMismatch?
        do {
            mismatch = try transfer.finish()
        } catch let error as RefusedAnswer {
            return giveUp(transfer, origin: transfer.url.redacted, error.reason)
        } catch {
            throw transfer.unwritten(error)
        }
        if let mismatch { return try endMismatch(transfer, mismatch, wasShort: wasShort) }
        if case .sink(let error) = transfer.problem { throw transfer.unwritten(error) }
        end(transfer, FetchResult(id: transfer.request.id, size: transfer.received, origin: .network))
    }

    /// The connection failed before the answer was whole.
    func endBroken(_ transfer: Transfer, _ code: CURLcode, _ url: String) throws {
        let cause = transfer.broken ?? .lost(code, transfer.message)
        if let mirror = transfer.mirror { planner.mirrors.countFailure(mirror) }
        excludeMirror(transfer)
        if !hasAlternative(transfer), isHostWide(transfer, code) { return endUnanswered(transfer, cause) }
        circuits[Origin.text(of: url)]?.released(now: MonotonicClock.seconds)
        try proceed(transfer, after: .broken(code, isFinal: cause.isFinal), cause)
    }

    /// Goes where the server points, without the credentials unless it is the same origin
    /// (docs/spec/network.md#client).
    private func follow(_ transfer: Transfer, _ target: String) {
        transfer.redirects += 1
        guard transfer.redirects <= 10 else {
            return giveUp(transfer, .connection("too many redirects (more than 10)"))
        }
        guard target.hasPrefix("http://") || target.hasPrefix("https://") else {
            return giveUp(transfer, .connection("a redirect leads to '\(Redaction.url(target))', which is not HTTP"))
        }
        var exchange = transfer.exchange ?? HTTPRequest(url: target)
        if Origin.text(of: exchange.url) != Origin.text(of: target) {
            exchange.secretHeaders = []
            exchange.credentialPlace = nil
        }
        exchange.url = target
        do {
            try send(transfer, exchange)
        } catch {
            giveUp(transfer, origin: Redaction.url(target), error)
        }
    }

    /// Does what the policy says.
    ///
    /// - Parameters:
    ///   - canRenew: whether credentials that were refused can be fetched anew.
    ///   - end: gives up; nil: for the cause.
    /// - Throws: the error of a sink that cannot begin again.
    func proceed(
        _ transfer: Transfer, after outcome: RetryPolicy.Outcome, _ cause: FailureCause, canRenew: Bool = false,
        end: (() -> Void)? = nil
    ) throws {
        let history = RetryPolicy.History(
            tries: transfer.tries, mismatches: transfer.mismatches, hasBytes: transfer.received > 0,
            hasAlternative: hasAlternative(transfer), canRenew: canRenew)
        switch policy.next(after: outcome, history) {
        case .giveUp: if let end { end() } else { giveUp(transfer, cause) }
        case .retry(let wait): delay(transfer, cause, wait)
        case .renew(let wait):
            (transfer.isRenewing, transfer.hasRenewed) = (true, true)
            delay(transfer, cause, wait)
        case .restart(let wait):
            if transfer.restart() { return delay(transfer, cause, wait) }
            // Other bytes are the server's fault, whatever the sink says.
            if outcome == .wrongRange, case .sink(let error) = transfer.problem { throw transfer.unwritten(error) }
            giveUp(transfer, cause)
        }
    }

    private func delay(_ transfer: Transfer, _ cause: FailureCause, _ wait: Double) {
        let name = transfer.request.file.name
        let reason = cause.text(fileName: name, url: Redaction.url(transfer.exchange?.url ?? transfer.url.text))
        reporter.debug("\(name): try \(transfer.tries) failed (\(reason)), next in \(Int(wait * 1000)) ms")
        if wait > 0 {
            reporter.progress(
                .itemWaiting(
                    id: transfer.request.id, reason: "\(reason)", next: transfer.tries + 1, tries: policy.tries,
                    seconds: wait))
        }
        delayed.append((MonotonicClock.seconds + wait, transfer))
    }

    func giveUp(_ transfer: Transfer, _ cause: FailureCause) {
        let url = Redaction.url(transfer.exchange?.url ?? transfer.url.text)
        let name = transfer.request.file.name
        giveUp(transfer, origin: url, cause.failure(fileName: name, url: url, of: transfer.request.file.kind))
    }

    private func giveUp(_ transfer: Transfer, origin: String, _ error: any Error) {
        failures.append(
            DownloadFailure(request: transfer.request, url: origin, tries: transfer.tries, error: error))
        window?.end()
        reporter.progress(.itemFailed(id: transfer.request.id, reason: "\(error)"))
    }
}
