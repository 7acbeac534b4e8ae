#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Files that appear, or are replaced, as a whole.
public enum WholeFile {
    /// Writes beside the path and renames; mode 0666 without the bits of `umask`. Removes what killed runs left of it.
    ///
    /// - Throws: `Failure` naming the path; then what was there is untouched.
    public static func write(_ bytes: [UInt8], to path: ByteString, umask: UInt32) throws {
        try describing("could not write '\(path)'", remedy: "Make room, or choose another place with -o.") {
            let (name, folder) = (path.lastPathComponent, path.parentPath)
            Partial.sweep(name, in: folder)
            let (descriptor, temporary) = try Partial.file(for: name, in: folder, mode: 0o666 & ~umask)
            do {
                do {
                    // Holds the lock until the file has its name.
                    let file = File(descriptor: descriptor, path: temporary)
                    try bytes.withUnsafeBytes { try Sys.writeAll(file.descriptor, $0) }
                    try Sys.reportDelayedErrors(file.descriptor)
                    try Sys.rename(temporary, to: path)
                }
            } catch {
                RemoveTree.discard(temporary)
                throw error
            }
        }
    }
}
