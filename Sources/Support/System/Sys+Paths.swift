import LibC

extension Sys {
    /// The absolute path without links and `..` (`realpath(3)`); the path must exist.
    public static func realPath(_ path: ByteString) throws(SystemError) -> ByteString {
        var resolved: UnsafeMutablePointer<CChar>?
        try retrying(.readlink, "resolve '\(path)'") {
            resolved = path.withCString { realpath($0, nil) }
            return resolved == nil ? -1 : 0
        }
        guard let resolved else { throw SystemError(code: EINVAL, operation: "resolve '\(path)'") }
        defer { free(resolved) }
        return ByteString(cString: resolved)
    }

    /// The working directory of the process, without links (`getcwd(3)`).
    public static func currentDirectory() throws(SystemError) -> ByteString {
        var path: UnsafeMutablePointer<CChar>?
        try retrying(.readlink, "find the current directory") {
            path = getcwd(nil, 0)
            return path == nil ? -1 : 0
        }
        guard let path else { throw SystemError(code: EINVAL, operation: "find the current directory") }
        defer { free(path) }
        return ByteString(cString: path)
    }
}
