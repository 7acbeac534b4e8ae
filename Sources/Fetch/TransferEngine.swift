import CLibCurl
import CondaModel
import Support

/// Drives all downloads of a fetch from one thread with one curl multi handle: connections are kept and shared, HTTP/2
/// carries many downloads at once.
final class TransferEngine {
    private let settings: FetchSettings
    private let reporter: any Reporter
    private let planner: RequestPlanner
    private let options: ConnectionOptions
    private let policy: RetryPolicy
    private let inbox: TransferInbox
    private let multi: UnsafeMutableRawPointer

    private var ready: [Transfer] = []
    private var nextReady = 0
    private var delayed: [(due: Double, transfer: Transfer)] = []
    private var active: [UnsafeMutableRawPointer: (transfer: Transfer, handle: CurlHandle)] = [:]
    private var idle: [CurlHandle] = []
    private var health: [String: OriginHealth] = [:]
    private var isInboxOpen = true

    private(set) var results: [FetchResult] = []
    private(set) var failures: [DownloadFailure] = []

    /// What is known of a server: one that never answered is not tried five times for each of 500 packages.
    private struct OriginHealth {
        var hasAnswered = false
        var unreachable = 0
    }

    init(settings: FetchSettings, planner: RequestPlanner, reporter: any Reporter, inbox: TransferInbox) throws {
        guard CurlLibrary.isReady, let multi = curl_multi_init() else {
            throw Failure("could not start the HTTP client (libcurl)", remedy: "Is there memory left?")
        }
        self.multi = multi
        self.settings = settings
        self.planner = planner
        self.reporter = reporter
        self.inbox = inbox
        options = planner.options
        policy = RetryPolicy(tries: max(1, settings.tries), backoffSeconds: settings.backoffSeconds)
        _ = pixi_curl_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX))
        _ = pixi_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, max(20, min(limit, 256)))
        inbox.attach(multi)
    }

    deinit {
        inbox.attach(nil)
        for (pointer, _) in active { curl_multi_remove_handle(multi, pointer) }
        active = [:]
        idle = []
        curl_multi_cleanup(multi)
    }

    /// Downloads at a time.
    private var limit: Int { settings.concurrency > 0 ? settings.concurrency : ConnectionOptions.mostDescriptors }

    /// Works until the inbox is closed and everything in it is done or has failed for good.
    ///
    /// - Throws: the error of a sink, at once.
    func run() throws {
        while true {
            takeInbox()
            takeDue()
            while active.count < limit, nextReady < ready.count {
                let transfer = ready[nextReady]
                nextReady += 1
                try begin(transfer)
            }
            if nextReady == ready.count {
                ready = []
                nextReady = 0
            }
            if active.isEmpty, delayed.isEmpty, ready.isEmpty, !isInboxOpen { return }
            var running: Int32 = 0
            curl_multi_perform(multi, &running)
            if try finishExchanges() { continue }
            curl_multi_poll(multi, nil, 0, timeoutMilliseconds, nil)
        }
    }

    private func takeInbox() {
        let (transfers, isOpen) = inbox.take()
        ready.append(contentsOf: transfers)
        isInboxOpen = isOpen
    }

    private func takeDue() {
        guard !delayed.isEmpty else { return }
        let now = MonotonicClock.seconds
        for entry in delayed where entry.due <= now { ready.append(entry.transfer) }
        delayed.removeAll { $0.due <= now }
    }

    private var timeoutMilliseconds: Int32 {
        guard let due = delayed.map(\.due).min(), active.count < limit else { return 1000 }
        return Int32(max(0, min(1000, (due - MonotonicClock.seconds) * 1000 + 1)))
    }

    // MARK: Beginning

    /// Begins the next try of a transfer.
    private func begin(_ transfer: Transfer) throws {
        if transfer.tries == 0 {
            reporter.progress(
                .itemBegan(id: transfer.request.id, name: transfer.request.displayName, bytes: transfer.request.size))
        }
        transfer.tries += 1
        transfer.redirects = 0
        do {
            try send(transfer, try planner.plan(transfer))
        } catch {
            giveUp(transfer, origin: transfer.url.redacted, error)
        }
    }

    /// Puts one exchange on the wire.
    private func send(_ transfer: Transfer, _ exchange: Exchange) throws {
        let handle = try idle.popLast() ?? CurlHandle()
        handle.reset()
        transfer.prepareForExchange()
        transfer.exchange = exchange
        options.apply(to: handle, url: exchange.url)
        handle.setHeaders(
            ["Accept-Encoding: identity", "Accept: */*"] + transfer.rangeHeaders
                + (transfer.mismatches > 0 ? ["Cache-Control: no-cache"] : []) + exchange.secretHeaders)
        handle.setReceiver(transfer)
        let code = curl_multi_add_handle(multi, handle.pointer)
        guard code == CURLM_OK else {
            throw Failure("could not begin a download", cause: Failure(String(cString: curl_multi_strerror(code))))
        }
        active[handle.pointer] = (transfer, handle)
        shareRate()
        reporter.trace("GET \(Redaction.url(exchange.url)) (try \(transfer.tries), from byte \(transfer.received))")
    }

    /// The rate limit is shared evenly by what is under way.
    private func shareRate() {
        guard let rate = settings.rateLimit, !active.isEmpty else { return }
        let share = max(1, rate / Int64(active.count))
        for (_, entry) in active { entry.handle.set(CURLOPT_MAX_RECV_SPEED_LARGE, offset: share) }
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
            let code = message.pointee.data.result
            let redirect = handle.redirectURL
            reporter.trace(
                "\(transfer.request.displayName): status \(transfer.head.status), curl \(code.rawValue), "
                    + "protocol \(handle.protocolVersion)")
            curl_multi_remove_handle(multi, pointer)
            idle.append(handle)
            didFinish = true
            try end(transfer, code, redirect)
        }
        if didFinish { shareRate() }
        return didFinish
    }

    private func end(_ transfer: Transfer, _ code: CURLcode, _ redirect: String?) throws {
        let url = transfer.exchange?.url ?? ""
        if case .sink(let error) = transfer.problem {
            throw Failure("could not write \(transfer.request.displayName)", cause: error)
        }
        if case .wrongRange = transfer.problem {
            guard transfer.restart() else { return try end(transfer, code, nil) }
            return retry(transfer, .connection("the server sent another part of the file than was asked for"), nil)
        }
        let status = transfer.head.status
        if status > 0 { health[Origin.text(of: url), default: OriginHealth()].hasAnswered = true }
        if code != CURLE_OK { return endBroken(transfer, code, url) }
        if (300..<400).contains(status), status != 304, let redirect { return follow(transfer, redirect) }
        guard status == 200 || status == 203 || status == 206 else { return endRefused(transfer, status) }
        let wasShort = transfer.isShort
        if let mismatch = try transfer.finish() { return endMismatch(transfer, mismatch, wasShort: wasShort) }
        if case .sink(let error) = transfer.problem { throw error }
        planner.report(transfer.exchange, isFailure: false)
        results.append(FetchResult(id: transfer.request.id, size: transfer.received, origin: .network))
        reporter.progress(.itemEnded(id: transfer.request.id))
    }

    /// The connection failed before the answer was whole.
    private func endBroken(_ transfer: Transfer, _ code: CURLcode, _ url: String) {
        let cause = FailureCause.connection(CurlHandle.message(of: code))
        planner.report(transfer.exchange, isFailure: true)
        let hasAlternative = planner.hasAlternative(transfer)
        guard RetryPolicy.isTransient(code) || hasAlternative else { return giveUp(transfer, cause) }
        let origin = Origin.text(of: url)
        if RetryPolicy.isUnreachable(code), let known = health[origin], !known.hasAnswered, known.unreachable >= 3,
            !hasAlternative
        {
            return giveUp(transfer, cause)
        }
        if RetryPolicy.isUnreachable(code), transfer.tries >= policy.tries {
            health[origin, default: OriginHealth()].unreachable += 1
        }
        retry(transfer, cause, nil)
    }

    /// The answer is an error status.
    private func endRefused(_ transfer: Transfer, _ status: Int) {
        let cause = FailureCause.status(status)
        if !transfer.errorBody.isEmpty {
            reporter.debug("\(transfer.request.displayName): \(Redaction.answer(transfer.errorBody))")
        }
        planner.report(transfer.exchange, isFailure: status >= 500)
        if status == 416, transfer.received > 0 {
            guard transfer.restart() else { return giveUp(transfer, cause) }
            return retry(transfer, cause, 0)
        }
        let canTryAgain =
            RetryPolicy.isTransient(status: status) || (status == 404 && planner.hasAlternative(transfer))
            || planner.shouldRenewCredentials(transfer, status: status)
        guard canTryAgain else { return giveUp(transfer, cause) }
        retry(transfer, cause, transfer.head.retryAfter(now: MonotonicClock.unixSeconds))
    }

    /// All bytes came, but they are not the file. Seen again, it is no accident.
    private func endMismatch(_ transfer: Transfer, _ mismatch: HashMismatch, wasShort: Bool) {
        let cause = FailureCause.mismatch(mismatch, encoding: transfer.head["content-encoding"])
        transfer.mismatches += 1
        planner.report(transfer.exchange, isFailure: true)
        guard wasShort || transfer.mismatches < 2 || planner.hasAlternative(transfer), transfer.restart() else {
            return giveUp(transfer, cause)
        }
        retry(transfer, cause, nil)
    }

    /// Goes where the server points, without the credentials unless it is the same origin (spec lock §5.1).
    private func follow(_ transfer: Transfer, _ target: String) {
        transfer.redirects += 1
        guard transfer.redirects <= 10 else {
            return giveUp(transfer, .connection("too many redirects (more than 10)"))
        }
        guard target.hasPrefix("http://") || target.hasPrefix("https://") else {
            return giveUp(transfer, .connection("a redirect leads to '\(Redaction.url(target))', which is not HTTP"))
        }
        var exchange = transfer.exchange ?? Exchange(url: target)
        if Origin.text(of: exchange.url) != Origin.text(of: target) { exchange.secretHeaders = [] }
        exchange.url = target
        do {
            try send(transfer, exchange)
        } catch {
            giveUp(transfer, origin: Redaction.url(target), error)
        }
    }

    private func retry(_ transfer: Transfer, _ cause: FailureCause, _ retryAfter: Double?) {
        let hasAlternative = planner.hasAlternative(transfer)
        guard transfer.tries < policy.tries || hasAlternative else { return giveUp(transfer, cause) }
        if let retryAfter, retryAfter > RetryPolicy.longestWait { return giveUp(transfer, cause) }
        // Another mirror can be asked at once.
        let wait = hasAlternative ? 0 : policy.wait(after: transfer.tries, retryAfter: retryAfter)
        let name = transfer.request.displayName
        let reason = cause.text(fileName: name, url: Redaction.url(transfer.exchange?.url ?? ""))
        reporter.debug("\(name): try \(transfer.tries) failed (\(reason)), next in \(Int(wait * 1000)) ms")
        delayed.append((MonotonicClock.seconds + wait, transfer))
    }

    private func giveUp(_ transfer: Transfer, _ cause: FailureCause) {
        let url = Redaction.url(transfer.exchange?.url ?? transfer.url.text)
        let name = transfer.request.displayName
        giveUp(transfer, origin: url, cause.failure(fileName: name, url: url))
    }

    private func giveUp(_ transfer: Transfer, origin: String, _ error: any Error) {
        failures.append(
            DownloadFailure(request: transfer.request, url: origin, tries: transfer.tries, error: error))
        reporter.progress(.itemEnded(id: transfer.request.id))
    }
}
