import CSystem
import LibC

extension Sys {
    /// A new file without a name (`O_TMPFILE`); fails with `EOPNOTSUPP`, `EISDIR` or `EINVAL` where it cannot be done:
    /// have a fall-back.
    static func openUnnamed(in directory: ByteString) throws(SystemError) -> Int32 {
        try retrying(.unnamed, "make a file in '\(directory)'") { directory.withCString { pixi_open_unnamed($0) } }
    }

    /// A pipe (`pipe2(2)`) whose ends are not inherited by other programs.
    static func pipe() throws(SystemError) -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        try retrying(.spawn, "make a pipe") { pixi_pipe(&ends) }
        return (ends[0], ends[1])
    }

    /// Lets a pipe hold `size` bytes (`fcntl(2)` with `F_SETPIPE_SZ`), if the system has that and allows it: no more is
    /// lost without it than time.
    static func widen(pipe end: Int32, to size: Int32) { _ = pixi_pipe_capacity(end, size) }

    /// Starts a program (`posix_spawn(3)`). Its standard input is `inputDescriptor`, empty if that is -1; output and error go
    /// to `outputDescriptor`.
    static func spawn(
        _ path: ByteString, arguments: [ByteString], directory: ByteString?, environment: [ByteString],
        inputDescriptor: Int32 = -1, outputDescriptor: Int32
    ) throws(SystemError) -> pid_t {
        #if FAULT_INJECTION
        if let code = FaultInjection.shared.next(.spawn, "start '\(path)'"), code != EINTR {
            throw SystemError(code: code, operation: "start '\(path)'")
        }
        #endif
        var process: pid_t = 0
        let code = withCStrings(arguments) { arguments in
            withCStrings(environment) { environment in
                path.withCString { path in
                    if let directory {
                        return directory.withCString {
                            pixi_spawn(
                                &process, path, arguments, environment, $0, inputDescriptor, outputDescriptor)
                        }
                    }
                    return pixi_spawn(
                        &process, path, arguments, environment, nil, inputDescriptor, outputDescriptor)
                }
            }
        }
        if code != 0 { throw SystemError(code: code, operation: "start '\(path)'") }
        return process
    }

    /// The wait status of a child (`waitpid(2)`); nil if it has not ended after that time.
    static func wait(_ process: pid_t, milliseconds: UInt32) throws(SystemError) -> Int32? {
        var status: Int32 = 0
        for isLast in [false, true] {
            if try retrying(.spawn, "wait for process \(process)", { waitpid(process, &status, WNOHANG) }) != 0 {
                return status
            }
            if !isLast { usleep(milliseconds * 1000) }
        }
        return nil
    }

    /// Asks a child to end (`kill(2)`) and waits until it has; after two seconds it is killed.
    static func end(_ process: pid_t) {
        kill(process, SIGTERM)
        for _ in 0..<100 where (try? wait(process, milliseconds: 20)) != nil { return }
        kill(process, SIGKILL)
        _ = try? wait(process, milliseconds: 1000)
    }

    /// Waits until something can be read or the time is over (`poll(2)`); returns whether something can be read.
    static func isReadable(_ descriptor: Int32, withinMilliseconds time: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        // If the descriptor cannot be polled, the read that follows reports why.
        let result = poll(&entry, 1, time)
        return result > 0 || (result == -1 && errno != EINTR)
    }

    /// Calls `body` with a null-terminated list of C strings.
    static func withCStrings<Result>(
        _ texts: [ByteString], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers = texts.map { text in text.withCString { strdup($0) } }
        defer { for pointer in pointers { free(pointer) } }
        pointers.append(nil)
        return pointers.withUnsafeMutableBufferPointer { body($0.baseAddress.unsafelyUnwrapped) }
    }
}
