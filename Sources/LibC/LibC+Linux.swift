#if os(Linux)
/// Opens a directory to look up names in it only (`O_PATH`, which the C library declares only with `_GNU_SOURCE`).
public let lookUpFlag: Int32 = 0o10_000_000

/// The number of files a process may have open, as `getrlimit(2)` wants it.
public let openFilesResource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
#endif
