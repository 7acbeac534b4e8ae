import Support

/// A file that could not be brought.
struct DownloadFailure: Sendable {
    let request: FetchRequest
    /// Redacted URL or path.
    let url: String
    let tries: Int
    let error: any Error

    /// The same error with words for the exchange that failed at its bottom. Who asked knows better what to do about a
    /// server that is not reached than to look at the network.
    static func explaining(
        _ error: any Error, _ problem: ExchangeProblem, hasRemedy: Bool = false
    ) -> any Error {
        if let failure = error as? Failure {
            let hasRemedy = hasRemedy || failure.remedy != nil
            return Failure(
                failure.words, cause: failure.cause.map { explaining($0, problem, hasRemedy: hasRemedy) },
                remedy: failure.advice, kind: failure.kind)
        }
        guard hasRemedy, case .connection = problem.cause else { return problem.failure }
        return Failure(problem.failure.words, kind: problem.failure.kind)
    }

    /// One error for all that failed: a single one with its own chain, several as a list with one line each.
    static func combine(_ failures: [DownloadFailure]) -> Failure {
        let sorted = failures.sorted { $0.request.id < $1.request.id }
        let kinds = Set(sorted.map(\.request.file.kind))
        let what = kinds.count == 1 ? sorted[0].request.file.kind.noun : FetchKind.conda.noun
        if let only = sorted.first, sorted.count == 1 {
            let tries: Message = only.tries > 1 ? " '\(only.request.file.name)' after \(only.tries) tries" : ""
            return Failure("could not download \(what)\(tries)", cause: only.error)
        }
        let lines = sorted.map { failure -> Message in
            let tries: Message = failure.tries > 1 ? " (\(failure.tries) tries)" : ""
            return "\n  \(failure.request.file.name)\(tries): \(failure.error)"
        }
        let remedy = sorted.compactMap { ($0.error as? Failure)?.innermostAdvice }.first
        let causes = Set(sorted.map { ($0.error as? Failure)?.kind })
        return Failure(
            "could not download \(sorted.count) \(what)s:" + lines.joined(), remedy: remedy,
            kind: causes.count == 1 ? causes.first ?? .network : .network)
    }
}
