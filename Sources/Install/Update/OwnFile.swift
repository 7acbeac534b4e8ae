import LibC
import Support

/// Files of our own bookkeeping in an environment. They are trusted only if this user or root wrote them.
enum OwnFile {
    /// Opens a regular file, whoever it belongs to; nil if something else is there.
    static func regular(_ path: ByteString) throws -> File? {
        // Without O_NONBLOCK a FIFO would make this wait for a writer.
        let file = File(descriptor: try Sys.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK), path: path)
        return try file.status().st_mode & S_IFMT == S_IFREG ? file : nil
    }

    /// The bytes of a file; nil if there is none, or it is not regular, or belongs neither to the effective user nor to
    /// root, or has more bytes than `limit`.
    ///
    /// - Parameter ofAnybody: whether the file may belong to other users.
    /// - Throws: `SystemError` if the file is there and cannot be read: what is not known must not count as nothing.
    static func read(_ path: ByteString, limit: Int, ofAnybody: Bool = false) throws -> [UInt8]? {
        guard let file = try opened(path) else { return nil }
        let status = try file.status()
        guard status.st_mode & S_IFMT == S_IFREG,
            ofAnybody || status.st_uid == geteuid() || status.st_uid == 0, status.st_size <= limit
        else { return nil }
        return try file.slice().readAll(limit: Int64(limit))
    }

    /// Nil if there is no such file, or none that this user may read.
    private static func opened(_ path: ByteString) throws -> File? {
        do {
            // Without O_NONBLOCK a FIFO would make this wait for a writer.
            return File(descriptor: try Sys.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK), path: path)
        } catch {
            if error.isAbsence || [ELOOP, EACCES, EPERM, ENXIO].contains(error.code) { return nil }
            throw error
        }
    }
}
