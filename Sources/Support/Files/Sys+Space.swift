import LibC

extension Sys {
    /// How many bytes an unprivileged user may still write to the file system of a path (`statvfs(3)`).
    public static func freeSpace(_ path: ByteString) throws(SystemError) -> Int64 {
        var status = statvfs()
        try retrying(.stat, "ask for free space at '\(path)'") { path.withCString { statvfs($0, &status) } }
        return available(status)
    }

    /// How many bytes an unprivileged user may still write to the file system of an open file (`fstatvfs(3)`).
    public static func freeSpace(_ descriptor: Int32) throws(SystemError) -> Int64 {
        var status = statvfs()
        try retrying(.stat, "ask for free space") { fstatvfs(descriptor, &status) }
        return available(status)
    }

    private static func available(_ status: statvfs) -> Int64 {
        let (bytes, overflow) = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
        return overflow ? .max : Int64(clamping: bytes)
    }
}
