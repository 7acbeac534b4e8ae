import CSystem
import LibC

/// A program of the system that is run until it ends: `pixi`, `uv`, a Python.
public struct ExternalProgram: Sendable {
    /// Where it is.
    public let path: ByteString

    /// - Parameter path: need not exist; `run` reports if it cannot be started.
    public init(path: ByteString) { self.path = path }

    /// The program of that name in the directories of `PATH`; a name with a `/` is taken as a path. Nil if there is
    /// none.
    public static func find(_ name: ByteString, searchPath: ByteString? = environmentValue("PATH")) -> ExternalProgram?
    {
        func isRunnable(_ path: ByteString) -> Bool {
            guard let status = try? Sys.stat(path), status.st_mode & S_IFMT == S_IFREG else { return false }
            return path.withCString { access($0, X_OK) } == 0
        }
        if name.bytes.contains(UInt8(ascii: "/")) {
            return isRunnable(name) ? ExternalProgram(path: name) : nil
        }
        let directories = searchPath?.bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false) ?? []
        for directory in directories {
            // An empty entry of PATH is the current directory (POSIX, Base Definitions 8.3).
            let path = (directory.isEmpty ? "." : ByteString(directory)).appending(path: name)
            if isRunnable(path) { return ExternalProgram(path: path) }
        }
        return nil
    }

    /// What happens to the standard output and the standard error of the program.
    public enum Output: Sendable {
        /// They are kept for a message, of long ones the last mebibyte.
        case captured
        /// They go to our standard error: our standard output is for results.
        case passedThrough
    }

    /// How a program ended.
    public struct Ending: Sendable {
        /// The exit code; nil if a signal ended it.
        public let exitCode: Int32?
        /// The number of the signal that ended it; nil if none did.
        let signal: Int32?
        /// Standard output and standard error together, if they were captured.
        public let output: ByteString

        /// Whether it ended with exit code 0.
        public var isSuccess: Bool { exitCode == 0 }

        /// `exit code 3` or `signal 9`.
        public var text: String { signal.map { "signal \($0)" } ?? "exit code \(exitCode ?? 0)" }
    }

    /// Runs the program with an empty standard input and waits for its end.
    ///
    /// - Parameters:
    ///   - directory: its current directory; nil for ours.
    ///   - environment: variables that are set in addition to our own, which it gets without our secrets. Nil removes a
    ///     variable.
    /// - Throws: `Failure` naming the program if it cannot be started.
    public func run(
        _ arguments: [ByteString], directory: ByteString? = nil, environment: [(name: String, value: String?)] = [],
        output: Output = .captured
    ) throws -> Ending {
        try describing(
            "could not run '\(path)'", remedy: "Look whether the program may be run, and is for this platform."
        ) {
            var pipe: (reading: Int32, writing: Int32)?
            if case .captured = output { pipe = try Sys.pipe() }
            let process: pid_t
            do {
                // The child has its own: ours would keep the pipe open.
                defer { if let pipe { try? Sys.close(pipe.writing) } }
                process = try Sys.spawn(
                    path, arguments: [path] + arguments, directory: directory,
                    environment: ExternalProgram.variables(changedBy: environment),
                    outputDescriptor: pipe?.writing ?? STDERR_FILENO)
            } catch {
                if let pipe { try? Sys.close(pipe.reading) }
                throw error
            }
            var text: [UInt8] = []
            if let pipe {
                defer { try? Sys.close(pipe.reading) }
                do {
                    text = try ExternalProgram.drain(pipe.reading)
                } catch {
                    Sys.end(process)
                    throw error
                }
            }
            let status = try ExternalProgram.wait(process)
            let signal = status & 0x7F
            return Ending(
                exitCode: signal == 0 ? (status >> 8) & 0xFF : nil, signal: signal == 0 ? nil : signal,
                output: ByteString(text))
        }
    }

    /// Waits until the program ends. If this program shall stop, it ends the other one.
    static func wait(_ process: pid_t) throws -> Int32 {
        while true {
            if let status = try Sys.wait(process, milliseconds: 20) { return status }
            if Interruption.signal == nil { continue }
            Sys.end(process)
            try Interruption.check()
        }
    }

    /// All bytes of a pipe; of more than the limit the last ones.
    private static func drain(_ descriptor: Int32) throws -> [UInt8] {
        let limit = 1 << 20
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            try Interruption.waitToRead(descriptor)
            let count = try buffer.withUnsafeMutableBytes { try Sys.read(descriptor, into: $0) }
            if count == 0 { return text.count > limit ? Array(text.suffix(limit)) : text }
            text.append(contentsOf: buffer[..<count])
            if text.count > 2 * limit { text.removeFirst(text.count - limit) }
        }
    }

    static func variables(changedBy changes: [(name: String, value: String?)]) -> [ByteString] {
        var variables: [ByteString] = []
        var next = pixi_environment()
        while let entry = next?.pointee {
            let variable = ByteString(cString: entry)
            if !OwnSecrets.isSecret(variable),
                !changes.contains(where: { variable.hasPrefix(ByteString("\($0.name)=")) })
            {
                variables.append(variable)
            }
            next = next?.successor()
        }
        return variables + changes.compactMap { change in change.value.map { ByteString("\(change.name)=\($0)") } }
    }
}

/// The value of an environment variable of this process (`getenv(3)`); nil if it is not set.
public func environmentValue(_ name: String) -> ByteString? {
    getenv(name).map { ByteString(cString: $0) }
}
