#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Removing a directory with all that is in it.
public enum RemoveTree {
    /// Removes a file, link or directory tree; links are not followed. Nothing at the path is fine.
    public static func remove(_ path: ByteString) throws(SystemError) {
        do throws(SystemError) {
            if try Sys.stat(path, followLinks: false).st_mode & S_IFMT == S_IFDIR {
                try removeContents(path)
                try Sys.unlink(path, isDirectory: true)
            } else {
                try Sys.unlink(path)
            }
        } catch {
            if error.code != ENOENT { throw error }
        }
    }

    /// Removes what nobody needs. What resists, twice, stays: the next run finds it by its name.
    public static func discard(_ path: ByteString) {
        do throws(SystemError) {
            try remove(path)
        } catch {
            try? remove(path)
        }
    }

    /// Empties a directory.
    public static func removeContents(_ path: ByteString) throws(SystemError) {
        for name in try names(path) {
            let child = path.appending(path: name)
            do throws(SystemError) {
                // Mostly files: what is none says so.
                try Sys.unlink(child)
            } catch {
                guard error.code == EISDIR || error.code == EPERM || error.code == EACCES else {
                    if error.code == ENOENT { continue }
                    throw error
                }
                try remove(child)
            }
        }
    }

    /// The names in a directory, if need be after giving its owner permission to look and to remove.
    private static func names(_ path: ByteString) throws(SystemError) -> [ByteString] {
        do throws(SystemError) {
            return try Sys.list(path)
        } catch {
            guard error.code == EACCES else { throw error }
            let descriptor = try Sys.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
            defer { try? Sys.close(descriptor) }
            try Sys.chmod(descriptor, mode: 0o700)
            return try Sys.list(path)
        }
    }
}
