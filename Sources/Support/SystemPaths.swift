#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

extension Sys {
    /// The absolute path without links and `..` (`realpath(3)`); the path must exist.
    public static func realPath(_ path: ByteString) throws(SystemError) -> ByteString {
        guard let resolved = path.withCString({ realpath($0, nil) }) else {
            throw SystemError(code: errno, operation: "resolve '\(path)'")
        }
        defer { free(resolved) }
        return ByteString(cString: resolved)
    }

    /// The working directory of the process, without links.
    public static func currentDirectory() throws(SystemError) -> ByteString {
        guard let path = getcwd(nil, 0) else {
            throw SystemError(code: errno, operation: "find the current directory")
        }
        defer { free(path) }
        return ByteString(cString: path)
    }
}
