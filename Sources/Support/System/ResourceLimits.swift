#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The limits the system sets for this process.
public enum ResourceLimits {
    /// Raises the number of files this process may have open to the highest it may choose (`setrlimit(2)`).
    public static func raiseOpenFiles() {
        var limit = rlimit()
        #if canImport(Glibc)
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
        let resource = RLIMIT_NOFILE
        #endif
        guard getrlimit(resource, &limit) == 0 else { return }
        limit.rlim_cur = min(limit.rlim_max, max(limit.rlim_cur, 65_536))
        // The program works with fewer as well.
        _ = setrlimit(resource, &limit)
    }
}
