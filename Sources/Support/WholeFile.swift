#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Files that appear, or are replaced, as a whole.
public enum WholeFile {
    /// Writes beside the path and renames; mode 0666 without the bits of `umask`.
    ///
    /// - Throws: `Failure` naming the path; then what was there is untouched.
    public static func write(_ bytes: [UInt8], to path: ByteString, umask: UInt32) throws {
        let random = String(UInt64.random(in: .min ... .max), radix: 36)
        let temporary = path.parentPath.appending(path: "." + path.lastPathComponent + ByteString(".partial-\(random)"))
        try describing("could not write '\(path)'", remedy: "Make room, or choose another place with -o.") {
            let mode = mode_t(0o666 & ~umask)
            let descriptor = try Sys.open(temporary, O_WRONLY | O_CREAT | O_EXCL, mode: mode)
            do {
                do {
                    defer { try? Sys.close(descriptor) }
                    try bytes.withUnsafeBytes { try Sys.writeAll(descriptor, $0) }
                }
                try Sys.rename(temporary, to: path)
            } catch {
                try? Sys.unlink(temporary)
                throw error
            }
        }
    }
}
