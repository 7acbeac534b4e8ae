import CondaModel
import Support

/// Decides for each try which URL is asked with which credentials.
struct RequestPlanner: Sendable {
    let options: ConnectionOptions

    init(_ settings: FetchSettings) { options = ConnectionOptions(settings) }

    /// The next exchange of a transfer.
    func plan(_ transfer: Transfer) throws -> Exchange {
        guard transfer.url.scheme == "http" || transfer.url.scheme == "https" else {
            throw Failure(
                "'\(transfer.url.redacted)' has the scheme '\(transfer.url.scheme)', which cannot be downloaded")
        }
        return Exchange(url: transfer.url.text)
    }

    /// Whether the next try would go to another place than the last one.
    func hasAlternative(_ transfer: Transfer) -> Bool { false }

    /// Whether a refusal may be due to credentials that can be fetched anew.
    func shouldRenewCredentials(_ transfer: Transfer, status: Int) -> Bool { false }

    /// Counts successes and failures of mirrors.
    func report(_ exchange: Exchange?, isFailure: Bool) {}
}

/// The mirror an exchange goes to: an index into the list of a key.
struct MirrorChoice: Sendable, Equatable {
    var key: String
    var index: Int
}
