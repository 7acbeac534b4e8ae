import Support

/// Hashes a file as it comes and says at its end whether it is the one the lock file means.
struct ContentVerifier {
    private enum Check {
        case sha256(expected: SHA256Digest, SHA256Hasher)
        case md5(expected: MD5Digest, MD5Hasher)
        case none
    }

    private var check: Check

    /// SHA-256 if there is one, else MD5, else nothing is checked (docs/spec/network.md#downloads).
    init(_ digests: FileDigests) {
        if let expected = digests.sha256 {
            check = .sha256(expected: expected, SHA256Hasher())
        } else if let expected = digests.md5 {
            check = .md5(expected: expected, MD5Hasher())
        } else {
            check = .none
        }
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        switch check {
        case .sha256(let expected, var hasher):
            check = .none
            hasher.update(bytes)
            check = .sha256(expected: expected, hasher)
        case .md5(let expected, var hasher):
            check = .none
            hasher.update(bytes)
            check = .md5(expected: expected, hasher)
        case .none: break
        }
    }

    /// The state of a SHA-256, for those who add to many at once.
    var sha256: SHA256Hasher? {
        get { if case .sha256(_, let hasher) = check { hasher } else { nil } }
        set {
            if case .sha256(let expected, _) = check, let newValue {
                check = .sha256(expected: expected, newValue)
            }
        }
    }

    /// The two digests if they differ.
    mutating func finish() -> HashMismatch? {
        switch check {
        case .sha256(let expected, var hasher):
            let actual = hasher.finish()
            return actual == expected ? nil : HashMismatch(name: "sha256", expected: expected.hex, actual: actual.hex)
        case .md5(let expected, var hasher):
            let actual = hasher.finish()
            return actual == expected ? nil : HashMismatch(name: "md5", expected: expected.hex, actual: actual.hex)
        case .none: return nil
        }
    }
}
