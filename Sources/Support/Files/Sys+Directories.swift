import LibC

extension Sys {
    /// Makes a directory and the ones above it that are missing (`mkdir(2)`); an existing directory is fine.
    ///
    /// - Returns: those that were made, each before the ones in it.
    /// - Throws: `SystemError`; what was made before it stays.
    @discardableResult
    public static func makeDirectories(_ path: ByteString) throws(SystemError) -> [ByteString] {
        do {
            try mkdir(path)
            return [path]
        } catch {
            let parent = path.parentPath
            if error.code == ENOENT, parent != path {
                let made = try makeDirectories(parent)
                // Another process may have made it meanwhile, which is as good.
                do { try mkdir(path) } catch {
                    if error.code != EEXIST { throw error }
                    return made
                }
                return made + [path]
            }
            guard error.code == EEXIST, try isDirectory(path) else { throw error }
            return []
        }
    }

    /// Whether a directory, or a link to one, is at the path (`stat(2)`).
    public static func isDirectory(_ path: ByteString) throws(SystemError) -> Bool {
        try stat(path).st_mode & S_IFMT == S_IFDIR
    }

    /// The names in a directory, without `.` and `..`, in the file system's order (`readdir(3)`).
    public static func list(_ path: ByteString) throws(SystemError) -> [ByteString] {
        try names("list '\(path)'") { path.withCString { opendir($0) } }
    }

    /// The names in an open directory (`readdir(3)`), without `.` and `..`.
    ///
    /// - Parameter path: what it is called in errors.
    public static func list(_ directory: Int32, describedAs path: ByteString) throws(SystemError) -> [ByteString] {
        // Opened anew: `directory` may have been read to its end, or may allow look-ups only.
        let descriptor = try open(".", O_RDONLY | O_DIRECTORY, at: directory)
        return try names("list '\(path)'") {
            let stream = fdopendir(descriptor)
            if stream == nil {
                let code = errno
                try? close(descriptor)
                errno = code
            }
            return stream
        }
    }

    private static func names(
        _ operation: String, _ open: () -> OpaquePointer?
    ) throws(SystemError) -> [ByteString] {
        #if FAULT_INJECTION
        if let code = FaultInjection.shared.next(.list, operation), code != EINTR {
            throw SystemError(code: code, operation: operation)
        }
        #endif
        guard let stream = open() else { throw SystemError(code: errno, operation: operation) }
        defer { closedir(stream) }
        var names: [ByteString] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else { break }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { ByteString(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        if errno != 0 { throw SystemError(code: errno, operation: operation) }
        return names
    }

    /// Opens a directory to work in it by names (`open(2)` with `O_PATH` on Linux); permission to search it is enough.
    ///
    /// - Parameter followLinks: whether the path may be a link to a directory.
    public static func openDirectory(
        _ path: ByteString, at directory: Int32 = AT_FDCWD, followLinks: Bool = true
    ) throws(SystemError) -> File {
        let flags = lookUpFlag | O_DIRECTORY | (followLinks ? 0 : O_NOFOLLOW)
        return File(descriptor: try open(path, flags, at: directory), path: path)
    }
}
