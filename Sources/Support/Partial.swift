#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Files and directories in the making, under a hidden name beside the place they are for.
///
/// Each is locked by the process that makes it for as long as that lives, so that what a killed run left can be told
/// from what a live one is at: before something new is made, what was left for the same place is removed. Where the file
/// system has no locks nothing is removed.
public enum Partial {
    /// A new file that only we have, open for reading and writing.
    ///
    /// - Returns: its descriptor and path.
    public static func file(
        for name: ByteString, in directory: ByteString, mode: UInt32 = 0o666
    ) throws(SystemError) -> (descriptor: Int32, path: ByteString) {
        while true {
            let path = directory.appending(path: TemporaryName.make(for: name))
            let descriptor = try Sys.open(path, O_RDWR | O_CREAT | O_EXCL, mode: mode_t(mode))
            // Somebody may have taken it for a leftover before it was locked.
            if Sys.tryLock(descriptor) != .taken, isStillThere(descriptor) { return (descriptor, path) }
            try? Sys.close(descriptor)
            try? Sys.unlink(path)
        }
    }

    /// A new directory that only we have.
    ///
    /// - Returns: its path, and the lock, which is held until the last reference to it goes; nil where there is none.
    public static func directory(
        for name: ByteString, in parent: ByteString, mode: UInt32 = 0o777
    ) throws(SystemError) -> (path: ByteString, lock: File?) {
        while true {
            let path = parent.appending(path: TemporaryName.make(for: name))
            try Sys.mkdir(path, mode: mode_t(mode))
            let descriptor: Int32
            do throws(SystemError) {
                descriptor = try Sys.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
            } catch {
                // Somebody has taken it for a leftover already.
                if error.code == ENOENT { continue }
                return (path, nil)
            }
            let lock = File(descriptor: descriptor, path: path)
            switch Sys.tryLock(descriptor) {
            case .unavailable: return (path, nil)
            case .held where isStillThere(descriptor): return (path, lock)
            case .held, .taken: try? Sys.unlink(path, isDirectory: true)
            }
        }
    }

    /// Removes what killed runs left for that name.
    public static func sweep(_ name: ByteString, in directory: ByteString, purpose: String = "partial") {
        sweep(directory) { TemporaryName.matches($0, for: name, purpose: purpose) }
    }

    /// Removes what killed runs left under names of the given kind.
    public static func sweep(_ directory: ByteString, where isPartial: (ByteString) -> Bool) {
        guard let names = try? Sys.list(directory) else { return }
        for name in names where isPartial(name) { removeIfAbandoned(directory.appending(path: name)) }
    }

    /// Removes a file or directory unless the process that made it is alive.
    private static func removeIfAbandoned(_ path: ByteString) {
        guard let descriptor = try? Sys.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK) else { return }
        // Ours until it is removed: whoever makes one waits for nobody and takes another name.
        let file = File(descriptor: descriptor, path: path)
        guard let status = try? Sys.stat(descriptor), status.st_uid == geteuid(), Sys.tryLock(descriptor) == .held
        else { return }
        RemoveTree.discard(path)
        withExtendedLifetime(file) {}
    }

    private static func isStillThere(_ descriptor: Int32) -> Bool {
        // A removed directory has no links either.
        (try? Sys.stat(descriptor).st_nlink > 0) ?? true
    }
}
