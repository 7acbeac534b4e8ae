import CSystem
import LibC

/// Thin, throwing wrappers of all system calls the product makes. An interrupted call is repeated; an error carries the
/// operation and its subject. Nothing else in the product calls the C library for files, so that tests can make every
/// call fail in turn (`FaultInjection`).
public enum Sys {
    /// The names of the calls, as fault injection knows them.
    public enum Call: String, Sendable, CaseIterable {
        case open, close, read, write, stat, mkdir, unlink, rename, link, symlink, readlink, chmod, utimes, truncate
        case copyFileRange, punchHole, fsync, lock, list, spawn
        /// Files without a name and exchanging two names: not every file system can do these.
        case unnamed, exchange
        /// Making a connection, and receiving bytes over it.
        case socket, connect, receive
    }

    /// A name as the file system gets it. If fault injection asks for it, names relative to an open directory lose
    /// their capital letters.
    @inlinable
    static func name(_ path: ByteString, at directory: Int32) -> ByteString {
        #if FAULT_INJECTION
        return directory != AT_FDCWD && FaultInjection.shared.foldsNames ? FaultInjection.folded(path) : path
        #else
        return path
        #endif
    }

    /// Makes a call that returns -1 on error, and repeats it when it was interrupted (EINTR).
    @inlinable
    @discardableResult
    static func retrying<Value: FixedWidthInteger & SignedInteger>(
        _ call: Call, _ operation: @autoclosure () -> String, _ body: () -> Value
    ) throws(SystemError) -> Value {
        while true {
            #if FAULT_INJECTION
            if let code = FaultInjection.shared.next(call, operation()) {
                if code == EINTR { continue }
                throw SystemError(code: code, operation: operation())
            }
            #endif
            let result = body()
            if result != -1 { return result }
            let code = errno
            if code == EINTR { continue }
            throw SystemError(code: code, operation: operation())
        }
    }

    /// `openat(2)` with `O_CLOEXEC`.
    public static func open(
        _ path: ByteString, _ flags: Int32, mode: mode_t = 0o666, at directory: Int32 = AT_FDCWD
    ) throws(SystemError) -> Int32 {
        try retrying(.open, "open '\(path)'") {
            name(path, at: directory).withCString { openat(directory, $0, flags | O_CLOEXEC, mode) }
        }
    }

    /// `close(2)`.
    public static func close(_ descriptor: Int32) throws(SystemError) {
        // Never repeated: after EINTR the descriptor is gone on Linux.
        #if FAULT_INJECTION
        if let code = FaultInjection.shared.next(.close, "close"), code != EINTR {
            _ = systemClose(descriptor)
            throw SystemError(code: code, operation: "close")
        }
        #endif
        if systemClose(descriptor) == -1 && errno != EINTR {
            throw SystemError(code: errno, operation: "close")
        }
    }

    /// Closes a duplicate of the descriptor, which stays open itself (`dup(2)`, `close(2)`). Some network file systems
    /// write only when a file is closed, and report only then that there is no room.
    public static func reportDelayedErrors(_ descriptor: Int32) throws(SystemError) {
        try close(try duplicate(descriptor))
    }

    /// Another descriptor of the same open file (`fcntl(2)` with `F_DUPFD_CLOEXEC`).
    public static func duplicate(_ descriptor: Int32) throws(SystemError) -> Int32 {
        try retrying(.open, "duplicate a descriptor") { fcntl(descriptor, F_DUPFD_CLOEXEC, 0) }
    }

    /// Where the next `read(2)` of a regular file begins, in bytes (`lseek(2)`).
    public static func position(_ descriptor: Int32) throws(SystemError) -> Int64 {
        Int64(try retrying(.read, "find the position") { lseek(descriptor, 0, SEEK_CUR) })
    }

    /// `read(2)`; returns the number of bytes, 0 at the end of the file.
    public static func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int
    {
        try retrying(.read, "read") { systemRead(descriptor, buffer.baseAddress, capped(buffer.count)) }
    }

    /// `pread(2)`; returns the number of bytes, 0 at the end of the file.
    public static func read(
        _ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer, at offset: Int64
    ) throws(SystemError) -> Int {
        try retrying(.read, "read") {
            pread(descriptor, buffer.baseAddress, capped(buffer.count), off_t(offset))
        }
    }

    /// Writes all bytes (`write(2)`, as often as needed).
    public static func writeAll(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) throws(SystemError) {
        var rest = bytes
        while !rest.isEmpty {
            let part = rest
            let count = try retrying(.write, "write") {
                systemWrite(descriptor, part.baseAddress, capped(part.count))
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Writes all bytes at `offset` (`pwrite(2)`, as often as needed).
    public static func writeAll(
        _ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, at offset: Int64
    ) throws(SystemError) {
        var rest = bytes
        var position = offset
        while !rest.isEmpty {
            let (part, at) = (rest, position)
            let count = try retrying(.write, "write") {
                pwrite(descriptor, part.baseAddress, capped(part.count), off_t(at))
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            position += Int64(count)
        }
    }

    /// `fstatat(2)`, following links unless `followLinks` is false.
    public static func stat(
        _ path: ByteString, at directory: Int32 = AT_FDCWD, followLinks: Bool = true
    ) throws(SystemError) -> stat {
        var result = Glibc.stat()
        try retrying(.stat, "stat '\(path)'") {
            name(path, at: directory).withCString {
                fstatat(directory, $0, &result, followLinks ? 0 : AT_SYMLINK_NOFOLLOW)
            }
        }
        return result
    }

    /// `fstat(2)`.
    public static func stat(_ descriptor: Int32) throws(SystemError) -> stat {
        var result = Glibc.stat()
        try retrying(.stat, "stat") { fstat(descriptor, &result) }
        return result
    }

    /// Whether something is at the path, a dangling link included (`fstatat(2)`).
    public static func exists(_ path: ByteString, at directory: Int32 = AT_FDCWD) throws(SystemError) -> Bool {
        do {
            _ = try stat(path, at: directory, followLinks: false)
            return true
        } catch {
            if error.code == ENOENT || error.code == ENOTDIR { return false }
            throw error
        }
    }

    /// `mkdirat(2)`.
    public static func mkdir(
        _ path: ByteString, mode: mode_t = 0o777, at directory: Int32 = AT_FDCWD
    ) throws(SystemError) {
        try retrying(.mkdir, "create directory '\(path)'") {
            name(path, at: directory).withCString { mkdirat(directory, $0, mode) }
        }
    }

    /// `unlinkat(2)`.
    public static func unlink(
        _ path: ByteString, at directory: Int32 = AT_FDCWD, isDirectory: Bool = false
    ) throws(SystemError) {
        try retrying(.unlink, "remove '\(path)'") {
            name(path, at: directory).withCString { unlinkat(directory, $0, isDirectory ? AT_REMOVEDIR : 0) }
        }
    }

    /// `renameat(2)`.
    public static func rename(
        _ from: ByteString, to: ByteString, fromDirectory: Int32 = AT_FDCWD, toDirectory: Int32 = AT_FDCWD
    ) throws(SystemError) {
        try retrying(.rename, "rename '\(from)' to '\(to)'") {
            name(from, at: fromDirectory).withCString { source in
                name(to, at: toDirectory).withCString { renameat(fromDirectory, source, toDirectory, $0) }
            }
        }
    }

    /// What `rename(_:to:how:)` does when something is at the target.
    public enum RenameMode: UInt32, Sendable {
        /// It fails with `EEXIST`.
        case exclusively = 1
        /// The two names are exchanged.
        case exchanging = 2
    }

    /// `renameat2(2)`, with both names in one directory. Fails with `ENOSYS` or `EINVAL` where the kernel or the file
    /// system cannot do it, so callers need another way.
    public static func rename(
        _ from: ByteString, to: ByteString, how: RenameMode, at directory: Int32 = AT_FDCWD
    ) throws(SystemError) {
        try retrying(how == .exchanging ? .exchange : .rename, "rename '\(from)' to '\(to)'") {
            from.withCString { source in
                to.withCString { pixi_rename_with_flags(directory, source, directory, $0, how.rawValue) }
            }
        }
    }

    /// Copies bytes between files inside the kernel (`copy_file_range(2)`); returns how many, 0 at the end of the
    /// source. Fails with `ENOSYS`, `EXDEV` or `EINVAL` where it cannot be done, so callers need another way.
    public static func copyRange(
        from: Int32, at fromOffset: Int64, to: Int32, at toOffset: Int64, count: Int64
    ) throws(SystemError) -> Int64 {
        try retrying(.copyFileRange, "copy") { pixi_copy_file_range(from, fromOffset, to, toOffset, count) }
    }

    /// Gives the room of some bytes back (`fallocate(2)`, `FALLOC_FL_PUNCH_HOLE`): they become zeros. Fails with `ENOSYS` or
    /// `EOPNOTSUPP` where it cannot be done.
    public static func punchHole(_ descriptor: Int32, at offset: Int64, count: Int64) throws(SystemError) {
        try retrying(.punchHole, "give room back") { pixi_punch_hole(descriptor, offset, count) }
    }

    /// `linkat(2)`.
    public static func link(
        _ from: ByteString, to: ByteString, fromDirectory: Int32 = AT_FDCWD, toDirectory: Int32 = AT_FDCWD
    ) throws(SystemError) {
        try retrying(.link, "link '\(from)' to '\(to)'") {
            name(from, at: fromDirectory).withCString { source in
                name(to, at: toDirectory).withCString { linkat(fromDirectory, source, toDirectory, $0, 0) }
            }
        }
    }

    /// `symlinkat(2)`.
    public static func symlink(
        _ target: ByteString, at path: ByteString, directory: Int32 = AT_FDCWD
    ) throws(SystemError) {
        try retrying(.symlink, "create symbolic link '\(path)'") {
            target.withCString { text in
                name(path, at: directory).withCString { symlinkat(text, directory, $0) }
            }
        }
    }

    /// `readlinkat(2)`.
    public static func readlink(_ path: ByteString, at directory: Int32 = AT_FDCWD) throws(SystemError) -> ByteString {
        var capacity = 256
        while true {
            var bytes = [UInt8](repeating: 0, count: capacity)
            let length = try retrying(.readlink, "read symbolic link '\(path)'") {
                bytes.withUnsafeMutableBytes { buffer in
                    let text = buffer.bindMemory(to: CChar.self)
                    return name(path, at: directory).withCString { path in
                        text.baseAddress.map { readlinkat(directory, path, $0, text.count) } ?? 0
                    }
                }
            }
            if length < capacity { return ByteString(bytes[..<length]) }
            capacity *= 2
        }
    }

    /// `fchmod(2)`.
    public static func chmod(_ descriptor: Int32, mode: mode_t) throws(SystemError) {
        try retrying(.chmod, "change mode") { fchmod(descriptor, mode) }
    }

    /// Changes the mode of a name in an open directory (`fchmodat(2)`); fails if the name is a symbolic link.
    public static func chmod(_ path: ByteString, mode: mode_t, at directory: Int32) throws(SystemError) {
        try retrying(.chmod, "change the mode of '\(path)'") {
            name(path, at: directory).withCString { fchmodat(directory, $0, mode, AT_SYMLINK_NOFOLLOW) }
        }
    }

    /// Sets the access and modification time of an open file, in whole seconds since 1970 (`futimens(2)`); nil leaves a
    /// time as it is.
    public static func setTimes(
        _ descriptor: Int32, access: Int64?, modification: Int64?
    ) throws(SystemError) {
        let times = timePair(access, modification)
        try retrying(.utimes, "set times") { futimens(descriptor, [times.0, times.1]) }
    }

    /// Sets the times of a path itself, even if it is a symbolic link (`utimensat(2)`); in whole seconds since 1970.
    public static func setTimes(
        of path: ByteString, at directory: Int32 = AT_FDCWD, access: Int64?, modification: Int64?
    ) throws(SystemError) {
        let times = timePair(access, modification)
        try retrying(.utimes, "set times of '\(path)'") {
            name(path, at: directory).withCString { utimensat(directory, $0, [times.0, times.1], AT_SYMLINK_NOFOLLOW) }
        }
    }

    private static func timePair(_ access: Int64?, _ modification: Int64?) -> (timespec, timespec) {
        // UTIME_OMIT is a macro Swift does not import.
        let omit = timespec(tv_sec: 0, tv_nsec: (1 << 30) - 2)
        func time(_ seconds: Int64?) -> timespec { seconds.map { timespec(tv_sec: Int($0), tv_nsec: 0) } ?? omit }
        return (time(access), time(modification))
    }

    /// `ftruncate(2)`.
    public static func truncate(_ descriptor: Int32, to size: Int64) throws(SystemError) {
        try retrying(.truncate, "resize") { ftruncate(descriptor, off_t(size)) }
    }

    static func fsync(_ descriptor: Int32) throws(SystemError) {
        try retrying(.fsync, "synchronise") { systemFsync(descriptor) }
    }

    /// The error that fault injection wants a call to fail with, for calls this type does not make itself; nil
    /// otherwise.
    @inlinable
    public static func injectedError(_ call: Call, _ operation: @autoclosure () -> String) -> Int32? {
        #if FAULT_INJECTION
        return FaultInjection.shared.next(call, operation())
        #else
        return nil
        #endif
    }

    /// How many bytes a read or write may have: one if fault injection asks for short calls.
    @inlinable
    static func capped(_ count: Int) -> Int {
        #if FAULT_INJECTION
        return FaultInjection.shared.isShort ? min(count, 1) : count
        #else
        return count
        #endif
    }
}

// Inside `Sys` the wrappers of the same name hide the C functions, so these call them from outside.
@usableFromInline func systemClose(_ descriptor: Int32) -> Int32 { close(descriptor) }
@usableFromInline func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    read(descriptor, buffer, count)
}
@usableFromInline func systemWrite(_ descriptor: Int32, _ buffer: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, buffer, count)
}
@usableFromInline func systemFsync(_ descriptor: Int32) -> Int32 { fsync(descriptor) }
