import LibC
import Support

/// Files of our own bookkeeping in an environment. They are trusted only if this user or root wrote them.
enum OwnFile {
    /// Opens a regular file, whoever it belongs to; nil if something else is there.
    static func regular(_ path: ByteString) throws -> File? {
        // A FIFO would otherwise make this wait.
        let file = File(descriptor: try Sys.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK), path: path)
        return try file.status().st_mode & S_IFMT == S_IFREG ? file : nil
    }

    /// The bytes of a file; nil if there is none, or it is not regular, or belongs neither to the effective user nor to
    /// root, or has more bytes than `limit`.
    ///
    /// - Parameter ofAnybody: whether the file may belong to other users.
    static func read(_ path: ByteString, limit: Int, ofAnybody: Bool = false) -> [UInt8]? {
        // A FIFO, for example, would otherwise make this wait.
        guard let descriptor = try? Sys.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK) else { return nil }
        let file = File(descriptor: descriptor, path: path)
        guard let status = try? file.status(), status.st_mode & S_IFMT == S_IFREG,
            ofAnybody || status.st_uid == geteuid() || status.st_uid == 0, status.st_size <= limit
        else { return nil }
        return try? file.slice().readAll(limit: Int64(limit))
    }
}
