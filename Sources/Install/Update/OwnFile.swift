import Support

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Files of our own bookkeeping in an environment, which are believed only if we wrote them.
enum OwnFile {
    /// The bytes of a file; nil if there is none, or it is not regular, or belongs neither to the effective user nor to
    /// root, or has more bytes than `limit`.
    ///
    /// - Parameter ofAnybody: whether it may belong to others.
    static func read(_ path: ByteString, limit: Int, ofAnybody: Bool = false) -> [UInt8]? {
        // What is no file, as a FIFO, must not be waited for.
        guard let descriptor = try? Sys.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK) else { return nil }
        let file = File(descriptor: descriptor, path: path)
        guard let status = try? file.status(), status.st_mode & S_IFMT == S_IFREG,
            ofAnybody || status.st_uid == geteuid() || status.st_uid == 0, status.st_size <= limit
        else { return nil }
        return try? file.slice().readAll(limit: Int64(limit))
    }
}
