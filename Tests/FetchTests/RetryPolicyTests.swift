import CLibCurl
import Testing

@testable import Fetch

@Suite("What follows a try that did not bring the file") struct RetryPolicyTests {
    private typealias Outcome = RetryPolicy.Outcome
    private typealias History = RetryPolicy.History
    private typealias Step = RetryPolicy.Step

    private let policy = RetryPolicy(tries: 3, backoffSeconds: 2)

    /// With half of the jitter: what is waited for is the back-off itself.
    private func next(_ outcome: Outcome, _ history: History = History(tries: 1)) -> Step {
        policy.next(after: outcome, history, random: 0.5)
    }

    @Test("each outcome, in the first try of three and of one place")
    func outcomes() {
        let table: [(Outcome, Step)] = [
            (.unplanned(isTransient: true), .retry(after: 2)),
            (.unplanned(isTransient: false), .giveUp),
            (.broken(CURLE_RECV_ERROR, isFinal: false), .retry(after: 2)),
            (.broken(CURLE_RECV_ERROR, isFinal: true), .giveUp),
            (.broken(CURLE_PEER_FAILED_VERIFICATION, isFinal: false), .giveUp),
            (.refused(status: 503, after: nil), .retry(after: 2)),
            (.refused(status: 429, after: 7), .retry(after: 7)),
            (.refused(status: 429, after: 1), .retry(after: 2)),
            (.refused(status: 429, after: 301), .giveUp),
            (.refused(status: 404, after: nil), .giveUp),
            (.refused(status: 403, after: nil), .giveUp),
            (.refused(status: 416, after: nil), .giveUp),
            (.wrongRange, .restart(after: 2)),
            (.otherBytes(isShort: false), .restart(after: 2)),
            (.damagedCopy, .retry(after: 2)),
        ]
        for (outcome, step) in table { #expect(next(outcome) == step, "\(outcome)") }
    }

    @Test("another place is asked at once, whatever the number of tries")
    func alternatives() {
        let history = History(tries: 9, mismatches: 5, hasAlternative: true)
        let table: [(Outcome, Step)] = [
            (.unplanned(isTransient: false), .retry(after: 0)),
            (.broken(CURLE_PEER_FAILED_VERIFICATION, isFinal: true), .retry(after: 0)),
            (.refused(status: 404, after: nil), .retry(after: 0)),
            (.refused(status: 503, after: 60), .retry(after: 0)),
            (.refused(status: 503, after: 301), .giveUp),
            (.refused(status: 403, after: nil), .giveUp),
            (.otherBytes(isShort: false), .restart(after: 0)),
        ]
        for (outcome, step) in table { #expect(next(outcome, history) == step, "\(outcome)") }
    }

    @Test("waits double, and the last try is the last")
    func tries() {
        let lost = Outcome.broken(CURLE_GOT_NOTHING, isFinal: false)
        #expect(next(lost, History(tries: 2)) == .retry(after: 4))
        for outcome in [lost, .wrongRange, .otherBytes(isShort: true), .damagedCopy, .refused(status: 500, after: nil)]
        {
            #expect(next(outcome, History(tries: 3)) == .giveUp, "\(outcome)")
        }
        for random in [0, 0.25, 0.999] {
            guard case .retry(let wait) = policy.next(after: lost, History(tries: 2), random: random) else {
                Issue.record("gave up")
                continue
            }
            #expect(wait == 4 * (0.5 + random))
        }
    }

    @Test("what is there of a file, credentials and other bytes")
    func histories() {
        let refused = Outcome.refused(status: 416, after: nil)
        #expect(next(refused, History(tries: 1, hasBytes: true)) == .restart(after: 2))
        #expect(next(refused, History(tries: 3, hasBytes: true)) == .giveUp)
        #expect(next(.refused(status: 403, after: nil), History(tries: 1, canRenew: true)) == .renew(after: 2))
        #expect(next(.refused(status: 403, after: nil), History(tries: 3, canRenew: true)) == .giveUp)
        #expect(next(.otherBytes(isShort: false), History(tries: 2, mismatches: 1)) == .restart(after: 4))
        #expect(next(.otherBytes(isShort: false), History(tries: 2, mismatches: 2)) == .giveUp)
        #expect(next(.otherBytes(isShort: true), History(tries: 2, mismatches: 2)) == .restart(after: 4))
    }
}
