import LibC

/// The umask of this process. It stays in force, so that no file can be made without it by mistake. Code that needs a
/// mode the umask does not permit sets it on the file.
public enum ProcessUmask {
    /// Permission bits to leave out of new files and directories.
    public static let original: UInt32 = {
        // It can only be read by changing it. A file that another thread makes at that moment is private, which is the
        // safe side.
        let current = umask(0o077)
        _ = umask(current)
        return UInt32(current)
    }()
}
