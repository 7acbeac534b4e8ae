import LibC
import Support

/// Decides whose environments may be used.
public enum EnvironmentOwner {
    /// Lets an environment be used or changed only if it and its records belong to this user or to root: in a folder
    /// that others may write to, somebody could have put it there to deceive us.
    ///
    /// - Parameter path: the environment. It is fine if nothing is there.
    /// - Throws: `Failure` naming the owner and `--trust-owner`.
    public static func require(_ path: ByteString) throws {
        for part in [path, path.appending(path: "conda-meta")] {
            guard let status = try? Sys.stat(part) else { continue }
            try require(status, of: path)
        }
    }

    /// - Parameter status: that of the environment at `path`.
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
