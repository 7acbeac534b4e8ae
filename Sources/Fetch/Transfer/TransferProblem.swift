/// Why a transfer was ended from our side.
enum TransferProblem {
    case sink(any Error)
    /// The server sent another part than the one asked for.
    case wrongRange
    /// The connection broke.
    case lost
    /// More came than the file can have.
    case tooLong
    /// Enough was read of an answer that is not the file.
    case enough
}
