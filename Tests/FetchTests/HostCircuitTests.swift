import Testing

@testable import Fetch

@Suite("What is known of a server that does not answer")
struct HostCircuitTests {
    let policy = RetryPolicy(tries: 3, backoffSeconds: 1)

    @Test("all downloads may go to a server until one fails; then they wait for a probe")
    func opening() {
        var circuit = HostCircuit()
        #expect(circuit.admit(now: 0) == .go && circuit.admit(now: 0) == .go)
        guard case .opened(next: 2, let wait) = circuit.failed(begunIn: 0, now: 10, policy: policy) else {
            return #expect(Bool(false), "the first failure is news")
        }
        #expect(circuit.admit(now: 10) == .wait(until: 10 + wait))
        #expect(circuit.nextProbe == 10 + wait)
        #expect(circuit.admit(now: 10 + wait) == .go)
        #expect(circuit.admit(now: 10 + wait) == .wait(until: nil))
    }

    @Test("failures of exchanges that were under way together count once")
    func together() {
        var circuit = HostCircuit()
        _ = circuit.failed(begunIn: 0, now: 1, policy: policy)
        #expect(circuit.failed(begunIn: 0, now: 1, policy: policy) == .known)
        #expect(circuit.failures == 1)
    }

    @Test("an answer lets all go on and forgets the failures")
    func closing() {
        var circuit = HostCircuit()
        _ = circuit.failed(begunIn: 0, now: 1, policy: policy)
        _ = circuit.admit(now: 100)
        circuit.answered(now: 101)
        #expect(circuit.admit(now: 101) == .go && circuit.admit(now: 101) == .go)
        #expect(circuit.failures == 0 && circuit.hasAnswered(since: 100) && !circuit.hasAnswered(since: 102))
    }

    @Test("a probe that tells nothing gives the next one its turn")
    func released() {
        var circuit = HostCircuit()
        _ = circuit.failed(begunIn: 0, now: 1, policy: policy)
        #expect(circuit.admit(now: 100) == .go)
        circuit.released(now: 101)
        #expect(circuit.admit(now: 101) == .go)
    }

    @Test("after the last try nobody asks any more")
    func exhausted() {
        var circuit = HostCircuit()
        for period in 0..<2 { _ = circuit.failed(begunIn: period, now: 1, policy: policy) }
        #expect(circuit.failed(begunIn: 2, now: 9, policy: policy) == .exhausted)
        #expect(circuit.admit(now: 1000) == .refuse)
        #expect(circuit.failed(begunIn: 0, now: 9, policy: policy) == .exhausted)
    }
}
