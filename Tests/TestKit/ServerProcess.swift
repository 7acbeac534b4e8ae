import LibC
import Support

/// A program that runs beside a test, its standard input and output connected to the test; ended with the last reference.
public final class ServerProcess: @unchecked Sendable {
    public let process: pid_t
    private let input: Int32
    private let output: Int32
    private let lock = Locked(())
    private var buffered: [UInt8] = []

    /// Starts `arguments`, the first of which is looked up in `PATH`; its standard error is the test's.
    public init(_ arguments: [String], environment: [String: String] = [:]) throws {
        var toChild: [Int32] = [0, 0]
        var fromChild: [Int32] = [0, 0]
        guard pipe(&toChild) == 0, pipe(&fromChild) == 0 else {
            throw SystemError(code: errno, operation: "pipe")
        }
        for descriptor in toChild + fromChild { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
        posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
        var words = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var variables: [UnsafeMutablePointer<CChar>?] = []
        var entry = environ
        while let text = entry.pointee {
            let name = String(cString: text).prefix { $0 != "=" }
            if environment[String(name)] == nil { variables.append(strdup(text)) }
            entry += 1
        }
        variables += environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for variable in variables { free(variable) } }
        var child = pid_t()
        let code = posix_spawnp(&child, arguments.first ?? "", &actions, nil, &words, &variables)
        close(toChild[0])
        close(fromChild[1])
        guard code == 0 else {
            close(toChild[1])
            close(fromChild[0])
            throw Failure("could not start \(arguments)", cause: SystemError(code: code, operation: "spawn"))
        }
        process = child
        input = toChild[1]
        output = fromChild[0]
    }

    /// The folder of the servers' scripts, `Tests/Servers`.
    static var scripts: String {
        let parts = #filePath.split(separator: "/").dropLast(2)
        return "/" + parts.joined(separator: "/") + "/Servers"
    }

    /// Starts a server of `Tests/Servers`.
    public convenience init(script name: String, _ arguments: [String] = [], python: String = "python3") throws {
        try self.init([python, ServerProcess.scripts + "/" + name] + arguments)
    }

    /// Sends a line and waits for a line in answer.
    public func ask(_ line: String) throws -> String {
        try lock.withLock { _ in
            try Array((line + "\n").utf8).withUnsafeBytes { try Sys.writeAll(input, $0) }
            return try nextLine()
        }
    }

    /// Waits for the next line of the program's standard output.
    public func readLine() throws -> String { try lock.withLock { _ in try nextLine() } }

    private func nextLine() throws -> String {
        while true {
            if let end = buffered.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: buffered[..<end], as: UTF8.self)
                buffered.removeSubrange(...end)
                return line
            }
            var chunk = [UInt8](repeating: 0, count: 65536)
            let count = try chunk.withUnsafeMutableBytes { try Sys.read(output, into: $0) }
            if count == 0 { throw Failure("a server of the tests ended") }
            buffered += chunk[..<count]
        }
    }

    deinit {
        close(input)
        close(output)
        // The child inherits the blocked signals of the thread that started it; this one cannot be blocked.
        kill(process, SIGKILL)
        var status: Int32 = 0
        waitpid(process, &status, 0)
    }
}
