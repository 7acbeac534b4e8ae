#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

extension Sys {
    /// Makes a directory and the ones above it that are missing; an existing directory is fine.
    public static func makeDirectories(_ path: ByteString) throws(SystemError) {
        do {
            try mkdir(path)
        } catch {
            let parent = path.parentPath
            if error.code == ENOENT, parent != path {
                try makeDirectories(parent)
                // If somebody else is quicker now, that is as good.
                do { try mkdir(path) } catch { if error.code != EEXIST { throw error } }
            } else {
                guard error.code == EEXIST, try isDirectory(path) else { throw error }
            }
        }
    }

    /// Whether a directory, or a link to one, is at the path.
    public static func isDirectory(_ path: ByteString) throws(SystemError) -> Bool {
        try stat(path).st_mode & S_IFMT == S_IFDIR
    }
}
