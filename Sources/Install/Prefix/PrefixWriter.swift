import Support

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The root of an environment being written, shared by all workers; each works through a `PrefixSession` of its own.
///
/// Modes are exact but for the permission to write, which the umask limits for all; what all of the umask shall apply to
/// goes through `masked(_:)`.
final class PrefixWriter: Sendable {
    /// The directory everything is created in.
    let root: File
    /// The bits left out of directories and of files that have no mode of their own.
    public let umask: UInt32
    /// The directories known to exist and to be no symbolic links.
    private let known = Locked<Set<PrefixPath>>([])

    /// - Parameters:
    ///   - path: an existing directory.
    ///   - umask: by default that of the process.
    public init(_ path: ByteString, umask: UInt32 = ProcessUmask.original) throws {
        self.umask = umask
        root = File(descriptor: try Sys.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), path: path)
    }

    /// The mode without the bits of the umask.
    func masked(_ mode: UInt32) -> UInt32 { mode & ~umask }

    /// The mode a file gets that brings one of its own: reading and running stay as they were packed, as in the original,
    /// but nobody may write whom the umask keeps from it.
    func permitted(_ mode: UInt32) -> UInt32 { mode & ~(umask & 0o022) }

    /// A worker's access to the prefix; use it from one thread at a time.
    public func session() -> PrefixSession { PrefixSession(self) }

    /// Creates a directory with its parents, mode 0777 without the umask's bits; existing ones are left alone
    /// (docs/spec/install.md#folders).
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
