#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// What the system lets one process have.
public enum ResourceLimits {
    /// Raises the number of files this process may have open to what the system lets it choose.
    public static func raiseOpenFiles() {
        var limit = rlimit()
        #if canImport(Glibc)
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
        let resource = RLIMIT_NOFILE
        #endif
        guard getrlimit(resource, &limit) == 0 else { return }
        limit.rlim_cur = min(limit.rlim_max, max(limit.rlim_cur, 65_536))
        // Nothing is lost if it cannot be had.
        _ = setrlimit(resource, &limit)
    }
}
