import CSystem
import LibC
import Support

/// Runs programs in tests: to the end, with their output.
public enum ChildProcess {
    public struct Outcome: Sendable {
        /// The exit status; 128 + number for a signal, as shells say it.
        public let status: Int32
        public let output: String
        public let errors: String
        /// Standard output as it came.
        public let outputBytes: [UInt8]

        /// Whether our program says that something failed, of whatever kind.
        public var hasFailed: Bool { status == 1 || (3...7).contains(status) }
    }

    /// The absolute path of a program of the search path, nil if there is none.
    public static func find(_ name: String) -> String? {
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        return path.split(separator: ":").map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }

    /// Runs `arguments` (the program first, absolute) with exactly the variables of `environment`.
    ///
    /// - Parameters:
    ///   - folder: where it runs, by default where the tests run.
    ///   - input: the path of what it reads from standard input.
    ///   - called: what it sees as its own name, by default its path.
    public static func run(
        _ arguments: [String], environment: [String: String] = [:], in folder: ByteString? = nil,
        input: ByteString = "/dev/null", called: String? = nil
    ) throws -> Outcome {
        // A program that another thread starts just now has, for a moment, the files this one was writing: a script that was
        // written before cannot be run that long.
        for _ in 0..<100 {
            let outcome = try runOnce(arguments, environment, folder, input, called)
            guard outcome.status == 126, outcome.errors.contains("Text file busy") else { return outcome }
            usleep(20_000)
        }
        return try runOnce(arguments, environment, folder, input, called)
    }

    private static func runOnce(
        _ arguments: [String], _ environment: [String: String], _ folder: ByteString?, _ input: ByteString,
        _ called: String?
    ) throws -> Outcome {
        let directory = try TemporaryDirectory()
        let (output, errors) = (try directory.write("out", ""), try directory.write("err", ""))
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        _ = input.withCString { posix_spawn_file_actions_addopen(&actions, 0, $0, O_RDONLY, 0) }
        if let folder { _ = folder.withCString { pixi_spawn_in_directory(&actions, $0) } }
        _ = output.withCString { posix_spawn_file_actions_addopen(&actions, 1, $0, O_WRONLY, 0) }
        _ = errors.withCString { posix_spawn_file_actions_addopen(&actions, 2, $0, O_WRONLY, 0) }
        var words: [UnsafeMutablePointer<CChar>?] =
            ([called ?? arguments.first ?? ""] + arguments.dropFirst()).map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer {
            for word in words + variables { free(word) }
        }
        var process = pid_t()
        // Threads of tests block signals, which the program is to get.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let code = posix_spawn(&process, arguments.first ?? "", &actions, &attributes, &words, &variables)
        if code != 0 { throw SystemError(code: code, operation: "start \(arguments)") }
        var status: Int32 = 0
        while waitpid(process, &status, 0) == -1 && errno == EINTR {}
        let signal = status & 0x7F
        let bytes = try directory.read("out")
        let outcome = Outcome(
            status: signal == 0 ? (status >> 8) & 0xFF : 128 + signal,
            output: String(decoding: bytes, as: UTF8.self),
            errors: String(decoding: try directory.read("err"), as: UTF8.self), outputBytes: bytes)
        note(arguments, outcome)
        return outcome
    }

    /// Appends what a program said to the file that `PIXI_PACK_WORDS` names, for people who read all messages.
    private static func note(_ arguments: [String], _ outcome: Outcome) {
        guard !outcome.errors.isEmpty, let path = getenv("PIXI_PACK_WORDS"), let file = fopen(path, "a") else { return }
        fputs("$ \(arguments.joined(separator: " ")) [\(outcome.status)]\n\(outcome.errors)\n", file)
        fclose(file)
    }
}
