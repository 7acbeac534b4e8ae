import LibC

/// Tells whether two names mean the same file or directory: its file system and its number there.
public struct FileIdentity: Hashable, Sendable {
    private let device: UInt64
    private let inode: UInt64

    /// - Parameter status: the result of `stat(2)`.
    public init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
    }

    /// Whether both are on one file system.
    func isOnDevice(of other: FileIdentity) -> Bool { device == other.device }
}
