import LibC
import Support

/// The root of an environment that is being written. All workers share it; each works through a `PrefixSession` of its
/// own.
///
/// Files get exactly the modes of their packages, except that the umask limits the permission to write. Where all of
/// the umask shall apply, use `masked(_:)`.
final class PrefixWriter: Sendable {
    /// The directory in which everything is created.
    let root: File
    /// Permission bits that directories, and files without a mode of their own, do not get.
    let umask: UInt32
    /// How fast the file system makes files.
    let latency = PlaceLatency()
    /// Writes small files where that takes long; nil: every session writes its own.
    let inFlight: FilesInFlight?

    /// - Parameters:
    ///   - path: an existing directory.
    ///   - umask: by default that of the process.
    ///   - inFlight: writes small files when the place is slow; the caller has to end it.
    init(_ path: ByteString, umask: UInt32 = ProcessUmask.original, inFlight: FilesInFlight? = nil) throws {
        self.umask = umask
        self.inFlight = inFlight
        root = File(descriptor: try Sys.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), path: path)
    }

    /// The mode without the bits of the umask.
    func masked(_ mode: UInt32) -> UInt32 { mode & ~umask }

    /// The mode of a file that brings one of its own. Reading and running stay as they were packed, as in the original;
    /// permission to write is limited by the umask.
    func permitted(_ mode: UInt32) -> UInt32 { mode & ~(umask & 0o022) }

    /// A worker's access to the prefix, for one thread at a time.
    func session() -> PrefixSession { PrefixSession(self) }
}
