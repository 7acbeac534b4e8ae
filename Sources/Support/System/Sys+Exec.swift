import CSystem
import LibC

extension Sys {
    /// Turns this process into another program (`execve(2)`); returns only by throwing.
    ///
    /// What this program changed in the process is put back first: how it treats the signals for closed pipes and for
    /// files that are too long.
    public static func replaceProcess(
        _ path: ByteString, arguments: [ByteString], environment: [ByteString]
    ) throws(SystemError) -> Never {
        signal(SIGPIPE, SIG_DFL)
        signal(SIGXFSZ, SIG_DFL)
        try retrying(.spawn, "start '\(path)'") {
            withCStrings(arguments) { arguments in
                withCStrings(environment) { environment in
                    path.withCString { execve($0, arguments, environment) }
                }
            }
        }
        throw SystemError(code: EINVAL, operation: "start '\(path)'")
    }

    /// Keeps a descriptor open in the program this process turns into (`fcntl(2)` without `FD_CLOEXEC`).
    public static func keepOpen(_ descriptor: Int32) throws(SystemError) {
        try retrying(.open, "keep a descriptor open") { fcntl(descriptor, F_SETFD, 0) }
    }

    /// The variables of this process, each `NAME=VALUE`.
    public static var environment: [ByteString] {
        var variables: [ByteString] = []
        var next = pixi_environment()
        while let entry = next?.pointee {
            variables.append(ByteString(cString: entry))
            next = next?.successor()
        }
        return variables
    }
}
