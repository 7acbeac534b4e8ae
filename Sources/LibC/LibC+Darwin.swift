#if canImport(Darwin)
/// Opens a directory to look up names in it only.
public let lookUpFlag = O_RDONLY

/// The number of files a process may have open, as `getrlimit(2)` wants it.
public let openFilesResource = RLIMIT_NOFILE
#endif
