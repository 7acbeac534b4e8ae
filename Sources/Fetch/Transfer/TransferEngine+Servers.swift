import CLibCurl
import Support

/// What concerns a server as a whole: one that does not answer is tried for all its downloads at once, and a slow mirror
/// is left for the next.
extension TransferEngine {
    /// Seconds without a first byte after which the next mirror is asked.
    private static let mirrorPatience = 2.0

    /// Notes which servers answer, and leaves mirrors that do not.
    func watchServers() throws {
        let now = MonotonicClock.seconds
        var slow: [UnsafeMutableRawPointer] = []
        for (pointer, entry) in active where !entry.transfer.hasNotedAnswer {
            if entry.transfer.head.status > 0 {
                noteAnswer(entry.transfer)
            } else if now - entry.transfer.began > Self.mirrorPatience, hasOtherMirror(entry.transfer) {
                slow.append(pointer)
            }
        }
        for pointer in slow {
            guard let (transfer, handle) = active.removeValue(forKey: pointer) else { continue }
            curl_multi_remove_handle(multi, pointer)
            idle.append(handle)
            transfer.message = "no answer within \(Int(Self.mirrorPatience)) s"
            let url = transfer.exchange?.url ?? transfer.url.text
            reporter.info("\(transfer.origin) gives no answer within 2 s; another mirror is asked.")
            try endBroken(transfer, CURLE_OPERATION_TIMEDOUT, url)
        }
    }

    /// Whether there is a mirror besides that of the current exchange which had no turn yet.
    private func hasOtherMirror(_ transfer: Transfer) -> Bool {
        guard let rule = transfer.mirrorRule, let mirror = transfer.mirror, !transfer.hasAskedAllMirrors else {
            return false
        }
        let excluded = transfer.failedMirrors.union(transfer.deadMirrors).union([mirror.index])
        return planner.mirrors.choose(rule, excluding: excluded) != nil
    }

    /// The server, or a proxy in front of it, said something.
    func noteAnswer(_ transfer: Transfer) {
        transfer.hasNotedAnswer = true
        circuits[transfer.origin]?.answered(now: MonotonicClock.seconds)
    }

    /// Whether a broken exchange says that nobody gets an answer there.
    func isHostWide(_ transfer: Transfer, _ code: CURLcode) -> Bool {
        guard RetryPolicy.isUnreachable(code) || code == CURLE_OPERATION_TIMEDOUT, transfer.head.status == 0 else {
            return false
        }
        return circuits[transfer.origin]?.hasAnswered(since: transfer.began) == false
    }

    /// Lets the download wait with all others of its server, or fail with them.
    func endUnanswered(_ transfer: Transfer, _ cause: FailureCause) {
        let origin = transfer.origin
        switch circuits[origin, default: HostCircuit()].failed(
            begunIn: transfer.period, now: MonotonicClock.seconds, policy: policy)
        {
        case .opened(let next, let wait):
            var who: Message = "\(origin) does not answer (\(transfer.message))"
            if case .proxyFault(let fault) = cause { who = "For \(origin): \(fault.proxy.title) \(fault.text)" }
            reporter.note(
                "\(who), try \(next) of \(policy.tries) in "
                    + "\(wait < 1 ? "less than 1" : "\(Int(wait.rounded()))") s")
            hold(transfer)
        case .known: hold(transfer)
        case .exhausted:
            unreachable[origin] = unreachable[origin] ?? cause
            transfer.tries = policy.tries
            giveUp(transfer, cause)
            for (other, exchange) in held.removeValue(forKey: origin) ?? [] {
                other.tries = policy.tries
                other.exchange = exchange
                giveUp(other, cause)
            }
        }
    }

    private func hold(_ transfer: Transfer) {
        guard let exchange = transfer.exchange else { return }
        held[transfer.origin, default: []].append((transfer, exchange))
        reportWaiting(transfer, for: transfer.origin, until: circuits[transfer.origin]?.nextProbe)
    }

    /// Tells that a download waits with all others of its server.
    func reportWaiting(_ transfer: Transfer, for origin: String, until: Double?) {
        let failures = circuits[origin]?.failures ?? 0
        reporter.progress(
            .itemWaiting(
                id: transfer.request.id, reason: "\(origin) does not answer", next: failures + 1, tries: policy.tries,
                seconds: until.map { max(0, $0 - MonotonicClock.seconds) }))
    }

    /// Lets begin what waited for a server, as far as that may be asked again.
    func releaseHeld() throws {
        for origin in Array(held.keys) {
            while active.count < limit, let next = held[origin]?.first,
                circuits[origin, default: HostCircuit()].admit(now: MonotonicClock.seconds) == .go
            {
                held[origin]?.removeFirst()
                try transmit(next.transfer, next.exchange)
            }
            if held[origin]?.isEmpty == true { held[origin] = nil }
        }
    }

    /// What a proxy refused; nil if it was not that.
    func proxyRefusal(_ handle: CurlHandle, _ code: CURLcode, _ transfer: Transfer) -> FailureCause? {
        guard let proxy = options.proxies.proxy(forURL: transfer.exchange?.url ?? "") else { return nil }
        return ProxyRefusal(of: handle, code, status: transfer.head.status, proxy: proxy).map { .proxy($0) }
    }
}
