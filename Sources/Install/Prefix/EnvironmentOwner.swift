import Support

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Whose environments are gone on with.
public enum EnvironmentOwner {
    /// Lets an environment be used or changed only if it and its records are ours or root's: in a folder others may write
    /// to, one could have been put there for us to find.
    ///
    /// - Parameter path: of the environment; nothing there is fine.
    /// - Throws: `Failure` naming the owner and `--trust-owner`.
    public static func require(_ path: ByteString) throws {
        for part in [path, path.appending(path: "conda-meta")] {
            guard let status = try? Sys.stat(part) else { continue }
            try require(status, of: path)
        }
    }

    /// - Parameter status: of the environment at `path`.
    static func require(_ status: stat, of path: ByteString) throws {
        if Ownership.isTrusted(status) { return }
        let owner = Ownership.owner(status)
        throw Failure(
            "the environment '\(path)' belongs to \(owner), not to you",
            remedy: """
                Choose another place with --output-directory; if you trust \(owner) with what you run, add --trust-owner.
                """)
    }
}
