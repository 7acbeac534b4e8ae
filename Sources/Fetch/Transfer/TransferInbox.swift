import CLibCurl
import Support

/// Where threads that look at local files leave what has to come from the network after all.
final class TransferInbox: @unchecked Sendable {
    // The transfers are handed over: after `add` only the engine's thread touches them.
    private struct State {
        var transfers: [Transfer] = []
        var plans: [(id: ObjectIdentifier, result: Result<HTTPRequest, any Error>)] = []
        var hashed: [ObjectIdentifier] = []
        var isOpen = true
        var multi: UnsafeMutableRawPointer?
    }

    private let state = Locked(State())

    func add(_ transfer: Transfer) {
        state.withLock {
            $0.transfers.append(transfer)
            if let multi = $0.multi { curl_multi_wakeup(multi) }
        }
    }

    /// What a thread found out for a transfer that waits for it.
    func add(plan result: Result<HTTPRequest, any Error>, for id: ObjectIdentifier) {
        state.withLock {
            $0.plans.append((id, result))
            if let multi = $0.multi { curl_multi_wakeup(multi) }
        }
    }

    /// The bytes of a transfer are hashed.
    func add(hashed id: ObjectIdentifier) {
        state.withLock {
            $0.hashed.append(id)
            if let multi = $0.multi { curl_multi_wakeup(multi) }
        }
    }

    /// The transfers that were hashed since the last call.
    func takeHashed() -> [ObjectIdentifier] {
        state.withLock { state in
            let hashed = state.hashed
            state.hashed = []
            return hashed
        }
    }

    /// The plans that came since the last call.
    func takePlans() -> [(id: ObjectIdentifier, result: Result<HTTPRequest, any Error>)] {
        state.withLock { state in
            let plans = state.plans
            state.plans = []
            return plans
        }
    }

    /// Lets the engine look what it may do.
    func wake() {
        state.withLock { if let multi = $0.multi { curl_multi_wakeup(multi) } }
    }

    /// Nothing more will come.
    func close() {
        state.withLock {
            $0.isOpen = false
            if let multi = $0.multi { curl_multi_wakeup(multi) }
        }
    }

    /// The multi handle to wake; nil when it is going away.
    func attach(_ multi: UnsafeMutableRawPointer?) { state.withLock { $0.multi = multi } }

    /// What came since the last call, and whether more may come.
    func take() -> (transfers: [Transfer], isOpen: Bool) {
        state.withLock { state in
            let transfers = state.transfers
            state.transfers = []
            return (transfers, state.isOpen)
        }
    }
}
