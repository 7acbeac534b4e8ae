import CSystem

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

extension Sys {
    /// A pipe whose ends are not inherited.
    static func pipe() throws(SystemError) -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        try retrying(.spawn, "make a pipe") { pixi_pipe(&ends) }
        return (ends[0], ends[1])
    }

    /// Starts a program: standard input is empty, output and error go to `outputDescriptor`.
    static func spawn(
        _ path: ByteString, arguments: [ByteString], directory: ByteString?, environment: [ByteString],
        outputDescriptor: Int32
    ) throws(SystemError) -> pid_t {
        #if FAULT_INJECTION
        if let code = FaultInjection.shared.next(.spawn), code != EINTR {
            throw SystemError(code: code, operation: "start '\(path)'")
        }
        #endif
        var process: pid_t = 0
        let code = withCStrings(arguments) { arguments in
            withCStrings(environment) { environment in
                path.withCString { path in
                    if let directory {
                        return directory.withCString {
                            pixi_spawn(&process, path, arguments, environment, $0, outputDescriptor)
                        }
                    }
                    return pixi_spawn(&process, path, arguments, environment, nil, outputDescriptor)
                }
            }
        }
        if code != 0 { throw SystemError(code: code, operation: "start '\(path)'") }
        return process
    }

    /// Waits for the end of a child and returns its wait status.
    static func wait(_ process: pid_t) throws(SystemError) -> Int32 {
        var status: Int32 = 0
        try retrying(.spawn, "wait for process \(process)") { waitpid(process, &status, 0) }
        return status
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
