import CLibCurl
import Support

/// Answers that are not the file: error statuses, too many bytes, other bytes.
extension TransferEngine {
    /// The answer is an error status.
    func endRefused(_ transfer: Transfer, _ status: Int) {
        // So nginx answers; others break off the handshake.
        let wantsCertificate =
            status == 400 && String(decoding: transfer.errorBody, as: UTF8.self).contains(text: "SSL certificate")
        var cause = wantsCertificate ? FailureCause.clientCertificate : .status(status)
        if status == 401 || status == 403, let place = transfer.exchange?.credentialPlace {
            cause = .credentials(status: status, place: place)
        }
        if !transfer.errorBody.isEmpty {
            reporter.debug("\(transfer.request.displayName): \(Redaction.answer(transfer.errorBody))")
        }
        if status >= 500, let mirror = transfer.mirror { planner.mirrors.countFailure(mirror) }
        if status == 416, transfer.received > 0 {
            guard transfer.restart() else { return giveUp(transfer, cause) }
            return retry(transfer, cause, 0)
        }
        // S3 calls keys that have run out a bad request.
        let isExpired =
            status == 400 && String(decoding: transfer.errorBody, as: UTF8.self).contains(text: "ExpiredToken")
        if status == 401 || status == 403 || isExpired, planner.canRenew(transfer.url), !transfer.hasRenewed {
            transfer.isRenewing = true
            transfer.hasRenewed = true
            return retry(transfer, cause, 0)
        }
        let isTransient = RetryPolicy.isTransient(status: status)
        if status == 404 || isTransient { excludeMirror(transfer, forever: status == 404) }
        guard isTransient || (status == 404 && hasAlternative(transfer)) else { return giveUp(transfer, cause) }
        retry(transfer, cause, transfer.head.retryAfter(now: MonotonicClock.unixSeconds))
    }

    /// More came than the lock file says: whatever it is, it is not the file. Seen again, it is no accident.
    func endTooLong(_ transfer: Transfer) {
        let cause = transfer.isPage ? FailureCause.page : .tooLong(transfer.mostBytes)
        transfer.mismatches += 1
        excludeMirror(transfer, forever: transfer.mismatches > 1)
        guard transfer.mismatches < 2 || hasAlternative(transfer), transfer.restart() else {
            return giveUp(transfer, cause)
        }
        retry(transfer, cause, nil)
    }

    /// All bytes came, but they are not the file. Seen again, it is no accident.
    func endMismatch(_ transfer: Transfer, _ mismatch: HashMismatch, wasShort: Bool) {
        let isPage = transfer.isPage
        let cause = isPage ? FailureCause.page : .mismatch(mismatch, encoding: transfer.head["content-encoding"])
        transfer.mismatches += 1
        excludeMirror(transfer, forever: transfer.mismatches > 1)
        guard (wasShort && !isPage) || transfer.mismatches < 2 || hasAlternative(transfer), transfer.restart() else {
            return giveUp(transfer, cause)
        }
        retry(transfer, cause, nil)
    }
}
