import LibC

/// Files and directories that are being made, under a hidden name beside their final place.
///
/// The process that makes one holds its lock as long as it lives. So leftovers of a killed run can be told from what a
/// running process is still writing: before something new is made, leftovers for the same place are removed. Where the
/// file system has no locks, nothing is removed.
public enum HiddenTemporary {
    /// A new file that no other process uses, open for reading and writing.
    ///
    /// - Parameter mode: its exact mode; nil: 0666 without the bits of the umask.
    /// - Returns: its descriptor and path.
    public static func file(
        for name: ByteString, in directory: ByteString, mode: UInt32? = nil
    ) throws(SystemError) -> (descriptor: Int32, path: ByteString) {
        while true {
            let path = directory.appending(path: TemporaryName.make(for: name))
            let descriptor = try Sys.open(path, O_RDWR | O_CREAT | O_EXCL, mode: mode_t(mode ?? 0o666))
            // Another process may have removed it as a leftover before it was locked.
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

    /// A directory that is being made.
    public struct Directory: Sendable {
        public let path: ByteString
        /// What it is called in its parent.
        public let name: ByteString
        /// The open directory; it is locked, where there are locks, until the last reference to this goes.
        public let file: File

        /// Tells which directory it is, even after it was renamed.
        public func identity() throws(SystemError) -> FileIdentity { FileIdentity(try Sys.stat(file.descriptor)) }
    }

    /// A new directory that no other process uses.
    ///
    /// - Parameter mode: its exact mode; nil: 0777 without the bits of the umask.
    public static func directory(
        for name: ByteString, in parent: ByteString, mode: UInt32? = nil
    ) throws(SystemError) -> Directory {
        let folder = try Sys.openDirectory(parent)
        return try directory(for: name, in: folder, mode: mode)
    }

    /// A new directory in an open one, which no other process uses.
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
                // Another process has removed it as a leftover already.
                if error.code == ENOENT { continue }
                RemoveTree.discard(hidden, at: parent.descriptor)
                throw error
            }
        }
    }

    /// Removes what killed runs left for that name in `directory`.
    public static func sweep(_ name: ByteString, in directory: ByteString, purpose: String = "partial") {
        sweep(directory) { TemporaryName.matches($0, for: name, purpose: purpose) }
    }

    /// Removes what killed runs left under names of the given kind.
    static func sweep(_ directory: ByteString, where isPartial: (ByteString) -> Bool) {
        guard let folder = try? Sys.openDirectory(directory) else { return }
        sweep(folder, where: isPartial)
    }

    /// Removes what killed runs left in an open directory.
    public static func sweep(_ folder: File, where isPartial: (ByteString) -> Bool) {
        guard let names = try? Sys.list(folder.descriptor, describedAs: folder.path) else { return }
        for name in names where isPartial(name) { removeIfAbandoned(name, in: folder) }
    }

    /// Removes a file or directory of ours unless the process that made it still runs.
    private static func removeIfAbandoned(_ name: ByteString, in folder: File) {
        let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK
        guard let descriptor = try? Sys.open(name, flags, at: folder.descriptor) else { return }
        // The lock is ours until the file is removed: a process that finds the name taken does not wait, but chooses
        // another.
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
