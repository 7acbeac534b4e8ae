#if os(Linux)
import LibC

extension UnlinkedFile {
    /// A file that never had a name (`O_TMPFILE`); nil where the kernel or the file system has no such thing.
    static func unnamed(in directory: ByteString) throws(SystemError) -> Int32? {
        do {
            return try Sys.openUnnamed(in: directory)
        } catch {
            // Kernels that do not know the flag report a directory that was opened for writing.
            if [EOPNOTSUPP, EISDIR, EINVAL, ENOSYS].contains(error.code) { return nil }
            throw error
        }
    }
}
#endif
