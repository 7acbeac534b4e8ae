#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Makes files without a name, which vanish with their last descriptor, however the program ends.
public enum UnlinkedFile {
    /// A file for reading and writing in the file system of `directory`.
    ///
    /// - Throws: `Failure` naming the directory.
    public static func make(in directory: ByteString, describedAs path: ByteString) throws -> File {
        try describing("could not make a temporary file in '\(directory)'", remedy: "Name another folder with TMPDIR.")
        {
            if let descriptor = try unnamed(in: directory) { return File(descriptor: descriptor, path: path) }
            HiddenTemporary.sweep(spoolName, in: directory)
            let (descriptor, name) = try HiddenTemporary.file(for: spoolName, in: directory, mode: 0o600)
            let file = File(descriptor: descriptor, path: path)
            try Sys.unlink(name)
            return file
        }
    }

    private static let spoolName: ByteString = "spool"

    /// A file that never had a name (`O_TMPFILE`); nil where the kernel or the file system has no such thing.
    private static func unnamed(in directory: ByteString) throws(SystemError) -> Int32? {
        #if os(Linux)
        do {
            return try Sys.openUnnamed(in: directory)
        } catch {
            // Kernels that do not know the flag report a directory that was opened for writing.
            if [EOPNOTSUPP, EISDIR, EINVAL, ENOSYS].contains(error.code) { return nil }
            throw error
        }
        #else
        return nil
        #endif
    }
}
