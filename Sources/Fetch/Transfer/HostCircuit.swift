/// What is known of a server as a whole: while it does not answer, its downloads wait together for one that tries.
///
/// A circuit breaker: closed while the server answers; open for a while after it did not; then one download probes,
/// and the others follow if that is answered. Seconds are those of `MonotonicClock`.
struct HostCircuit {
    fileprivate enum State {
        case closed
        case open(until: Double)
        /// One exchange is on its way to see.
        case probing
        /// It has been tried often enough.
        case dead
    }

    /// What may be done with an exchange.
    enum Admission: Equatable {
        case go
        /// Ask again at that time; nil: when the probe has ended.
        case wait(until: Double?)
        case refuse
    }

    /// What a failure means.
    enum Verdict: Equatable {
        /// News: the server is asked again after `wait` seconds, the next time being try number `next`.
        case opened(next: Int, wait: Double)
        /// Another exchange of the same time has told so already.
        case known
        /// It has been tried as often as wanted.
        case exhausted
    }

    fileprivate var state = State.closed
    /// Failures in a row that concerned the server as a whole.
    private(set) var failures = 0
    /// Changes when the circuit opens: exchanges begun before tell nothing new when they fail, too.
    private(set) var period = 0
    /// When the server answered last.
    private var lastAnswer = -Double.infinity

    /// Whether an exchange may begin.
    mutating func admit(now: Double) -> Admission {
        switch state {
        case .closed: return .go
        case .probing: return .wait(until: nil)
        case .dead: return .refuse
        case .open(let until):
            if now < until { return .wait(until: until) }
            state = .probing
            return .go
        }
    }

    /// The server answered, whatever it said.
    mutating func answered(now: Double) {
        lastAnswer = now
        failures = 0
        state = .closed
    }

    /// A probe ended without telling anything about the server: the next exchange probes.
    mutating func released(now: Double) {
        if case .probing = state { state = .open(until: now) }
    }

    /// Whether the server has answered anybody since then.
    func hasAnswered(since begin: Double) -> Bool { lastAnswer >= begin }

    /// The server could not be reached, or did not answer.
    ///
    /// - Parameters:
    ///   - begun: the period in which the exchange began.
    ///   - tries: how often a server is tried at most.
    mutating func failed(begunIn begun: Int, now: Double, policy: RetryPolicy) -> Verdict {
        if case .dead = state { return .exhausted }
        guard begun == period else { return .known }
        period += 1
        failures += 1
        guard failures < policy.tries else {
            state = .dead
            return .exhausted
        }
        let wait = policy.wait(after: failures, retryAfter: nil)
        state = .open(until: now + wait)
        return .opened(next: failures + 1, wait: wait)
    }
}

extension HostCircuit {
    /// When the next probe may begin; nil if nobody waits for a time.
    var nextProbe: Double? {
        if case .open(let until) = state { return until }
        return nil
    }
}
