import Support

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

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
    /// Directories that are known to exist and not to be symbolic links.
    private let known = Locked<Set<PrefixPath>>([])

    /// - Parameters:
    ///   - path: an existing directory.
    ///   - umask: by default that of the process.
    init(_ path: ByteString, umask: UInt32 = ProcessUmask.original) throws {
        self.umask = umask
        root = File(descriptor: try Sys.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), path: path)
    }

    /// The mode without the bits of the umask.
    func masked(_ mode: UInt32) -> UInt32 { mode & ~umask }

    /// The mode of a file that brings one of its own. Reading and running stay as they were packed, as in the original;
    /// permission to write is limited by the umask.
    func permitted(_ mode: UInt32) -> UInt32 { mode & ~(umask & 0o022) }

    /// A worker's access to the prefix, for one thread at a time.
    func session() -> PrefixSession { PrefixSession(self) }

    /// Creates a directory and its parents, with mode 0777 without the bits of the umask. Existing directories are left
    /// as they are (docs/spec/install.md#folders).
    ///
    /// - Throws: `Failure` if something else is in the place of one of them.
    func makeDirectory(_ path: PrefixPath) throws {
        if known.withLock({ $0.contains(path) }) { return }
        if let parent = path.parent { try makeDirectory(parent) }
        do {
            let mode = masked(0o777)
            try Sys.mkdir(path.bytes, mode: mode_t(mode), at: root.descriptor)
            if mode & ProcessUmask.original != 0 {
                try Sys.chmod(path.bytes, mode: mode_t(mode), at: root.descriptor)
            }
        } catch {
            guard error.code == EEXIST else {
                throw Failure(
                    "could not create directory '\(path)'", cause: error,
                    remedy: "Choose another place with --output-directory, or look who may write there.")
            }
            let status = try Sys.stat(path.bytes, at: root.descriptor, followLinks: false)
            guard status.st_mode & S_IFMT == S_IFDIR else {
                throw Failure(
                    "could not create directory '\(path)': a file or link of that name is in the way",
                    remedy: "Remove it, or unpack again with --force.")
            }
        }
        known.withLock { _ = $0.insert(path) }
    }
}
