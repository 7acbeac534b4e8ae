import Support

/// A file that is not what it should be.
struct HashMismatch: Sendable, Equatable {
    /// `sha256` or `md5`.
    let name: String
    let expected: String
    let actual: String

    /// What a person reads, for the file `fileName` that came from `origin` (a redacted URL or a path).
    func failure(fileName: String, origin: String) -> Failure {
        Failure(
            "Download \(fileName) failed, checksum mismatch: "
                + "\(name) of \(origin) is \(actual), the lock file wants \(expected)",
            remedy: "The file differs from the one that was locked. If it was replaced upstream, lock again; "
                + "if not, something on the way changes files.", kind: .integrity)
    }
}
