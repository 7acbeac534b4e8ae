import CLibCurl
import Support

/// Answers that are not the file: error statuses, too many bytes, other bytes.
extension TransferEngine {
    /// The answer is an error status.
    func endRefused(_ transfer: Transfer, _ status: Int) throws {
        // So nginx answers; others break off the handshake.
        let wantsCertificate =
            status == 400 && String(decoding: transfer.errorBody, as: UTF8.self).contains(text: "SSL certificate")
        var cause = wantsCertificate ? FailureCause.clientCertificate : .status(status)
        if status == 401 || status == 403, let place = transfer.exchange?.credentialPlace {
            cause = .credentials(status: status, place: place)
        }
        if !transfer.errorBody.isEmpty {
            reporter.debug("\(transfer.request.file.name): \(Redaction.answer(transfer.errorBody))")
        }
        if status >= 500, let mirror = transfer.mirror { planner.mirrors.countFailure(mirror) }
        if status == 404 || RetryPolicy.isTransient(status: status) { excludeMirror(transfer, forever: status == 404) }
        // S3 calls keys that have run out a bad request.
        let isExpired =
            status == 400 && String(decoding: transfer.errorBody, as: UTF8.self).contains(text: "ExpiredToken")
        let canRenew =
            (status == 401 || status == 403 || isExpired) && !transfer.hasRenewed && planner.canRenew(transfer.url)
        let wait = transfer.head.retryAfter(now: WallClock.seconds)
        try proceed(transfer, after: .refused(status: status, after: wait), cause, canRenew: canRenew)
    }

    /// More came than the lock file says: whatever it is, it is not the file. Seen again, it is no accident.
    func endTooLong(_ transfer: Transfer) throws {
        let cause = transfer.isPage ? FailureCause.page : .tooLong(transfer.mostBytes)
        transfer.mismatches += 1
        excludeMirror(transfer, forever: transfer.mismatches > 1)
        try proceed(transfer, after: .otherBytes(isShort: false), cause)
    }

    /// All bytes came, but they are not the file. Seen again, it is no accident.
    func endMismatch(_ transfer: Transfer, _ mismatch: HashMismatch, wasShort: Bool) throws {
        let isPage = transfer.isPage
        let cause = isPage ? FailureCause.page : .mismatch(mismatch, encoding: transfer.head["content-encoding"])
        transfer.mismatches += 1
        excludeMirror(transfer, forever: transfer.mismatches > 1)
        try proceed(transfer, after: .otherBytes(isShort: wasShort && !isPage), cause)
    }
}
