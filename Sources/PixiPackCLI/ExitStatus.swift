import Support

/// What the process ends with; `ManualText.exitStatus` describes them.
enum ExitStatus {
    static let done: Int32 = 0
    static let failed: Int32 = 1
    static let misused: Int32 = 2

    /// By the kind of failure.
    static func of(_ error: any Error) -> Int32 {
        if error is UsageError { return misused }
        switch (error as? Failure)?.kind {
        case nil: return failed
        case .notFound: return 3
        case .integrity: return 4
        case .network: return 5
        case .space: return 6
        case .hostCheck: return 7
        }
    }
}
