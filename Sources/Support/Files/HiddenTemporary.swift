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
public enum HiddenTemporary {
    /// A new file that only we have, open for reading and writing.
    ///
    /// - Parameter mode: exactly its mode; nil: what the umask leaves of 0666.
    /// - Returns: its descriptor and path.
    public static func file(
        for name: ByteString, in directory: ByteString, mode: UInt32? = nil
    ) throws(SystemError) -> (descriptor: Int32, path: ByteString) {
        while true {
            let path = directory.appending(path: TemporaryName.make(for: name))
            let descriptor = try Sys.open(path, O_RDWR | O_CREAT | O_EXCL, mode: mode_t(mode ?? 0o666))
            // Somebody may have taken it for a leftover before it was locked.
            if Sys.tryLock(descriptor) != .taken, isStillThere(descriptor) {
                do throws(SystemError) {
                    if let mode, mode & ProcessUmask.original != 0 { try Sys.chmod(descriptor, mode: mode_t(mode)) }
                    return (descriptor, path)
                } catch {
                    try? Sys.close(descriptor)
                    RemoveTree.discard(path)
                    throw error
                }
            }
            try? Sys.close(descriptor)
            try? Sys.unlink(path)
        }
    }

    /// A directory in the making.
    public struct Directory: Sendable {
        public let path: ByteString
        /// What it is called in its parent.
        public let name: ByteString
        /// The open directory; it is locked, where there are locks, until the last reference to this goes.
        public let file: File

        /// Which one it is, whatever it is called meanwhile.
        public func identity() throws(SystemError) -> FileIdentity { FileIdentity(try Sys.stat(file.descriptor)) }
    }

    /// A new directory that only we have.
    ///
    /// - Parameter mode: exactly its mode; nil: what the umask leaves of 0777.
    public static func directory(
        for name: ByteString, in parent: ByteString, mode: UInt32? = nil
    ) throws(SystemError) -> Directory {
        let folder = try Sys.openDirectory(parent)
        return try directory(for: name, in: folder, mode: mode)
    }

    /// A new directory that only we have, in an open one.
    public static func directory(
        for name: ByteString, in parent: File, mode: UInt32? = nil
    ) throws(SystemError) -> Directory {
        while true {
            let hidden = TemporaryName.make(for: name)
            try Sys.mkdir(hidden, mode: mode_t(mode ?? 0o777), at: parent.descriptor)
            let path = parent.path.appending(path: hidden)
            do throws(SystemError) {
                let descriptor = try Sys.open(hidden, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, at: parent.descriptor)
                let file = File(descriptor: descriptor, path: path)
                if let mode, mode & ProcessUmask.original != 0 { try Sys.chmod(descriptor, mode: mode_t(mode)) }
                if Sys.tryLock(descriptor) != .taken, isStillThere(descriptor) {
                    return Directory(path: path, name: hidden, file: file)
                }
                try? Sys.unlink(hidden, at: parent.descriptor, isDirectory: true)
            } catch {
                // Somebody has taken it for a leftover already.
                if error.code == ENOENT { continue }
                RemoveTree.discard(hidden, at: parent.descriptor)
                throw error
            }
        }
    }

    /// Removes what killed runs left for that name.
    public static func sweep(_ name: ByteString, in directory: ByteString, purpose: String = "partial") {
        sweep(directory) { TemporaryName.matches($0, for: name, purpose: purpose) }
    }

    /// Removes what killed runs left under names of the given kind.
    public static func sweep(_ directory: ByteString, where isPartial: (ByteString) -> Bool) {
        guard let folder = try? Sys.openDirectory(directory) else { return }
        sweep(folder, where: isPartial)
    }

    /// Removes what killed runs left in an open directory.
    public static func sweep(_ folder: File, where isPartial: (ByteString) -> Bool) {
        guard let names = try? Sys.list(folder.descriptor, describedAs: folder.path) else { return }
        for name in names where isPartial(name) { removeIfAbandoned(name, in: folder) }
    }

    /// Removes a file or directory of ours unless the process that made it is alive.
    private static func removeIfAbandoned(_ name: ByteString, in folder: File) {
        let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK
        guard let descriptor = try? Sys.open(name, flags, at: folder.descriptor) else { return }
        // Ours until it is removed: whoever makes one waits for nobody and takes another name.
        let file = File(descriptor: descriptor, path: name)
        guard let status = try? Sys.stat(descriptor), status.st_uid == geteuid(), Sys.tryLock(descriptor) == .held
        else { return }
        RemoveTree.discard(name, at: folder.descriptor, expected: FileIdentity(status))
        withExtendedLifetime(file) {}
    }

    private static func isStillThere(_ descriptor: Int32) -> Bool {
        // A removed directory has no links either.
        (try? Sys.stat(descriptor).st_nlink > 0) ?? true
    }
}
