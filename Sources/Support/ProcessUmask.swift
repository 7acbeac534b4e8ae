#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The umask this process was started with. Asking for it takes it over: from then on the process runs with umask 0, so
/// that a mode given when a file is created is the mode it gets, and whoever creates a file applies the umask himself.
public enum ProcessUmask {
    /// Permission bits to leave out of new files and directories.
    public static let original = UInt32(umask(0))

    /// Gives the umask back, for a program this process becomes.
    public static func restore() { _ = umask(mode_t(original)) }
}
