import Support

/// What went wrong on the way to an exchange; another try or another mirror may mend it.
struct ExchangeProblem: Error, CustomStringConvertible {
    let cause: FailureCause
    /// Redacted.
    let url: String
    let isTransient: Bool

    var description: String { cause.text(fileName: "", url: url) }

    var failure: Failure { cause.failure(fileName: "", url: url) }
}
