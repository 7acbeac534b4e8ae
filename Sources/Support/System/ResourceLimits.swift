import LibC

/// The limits the system sets for this process.
public enum ResourceLimits {
    /// Raises the number of files this process may have open to the highest it may choose (`setrlimit(2)`).
    public static func raiseOpenFiles() {
        var limit = rlimit()
        guard getrlimit(openFilesResource, &limit) == 0 else { return }
        limit.rlim_cur = min(limit.rlim_max, max(limit.rlim_cur, 65_536))
        // The program works with fewer as well.
        _ = setrlimit(openFilesResource, &limit)
    }
}
