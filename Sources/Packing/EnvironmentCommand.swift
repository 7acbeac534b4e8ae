import Install
import Support

/// Runs a command in an environment as if it had been activated, in place of this process: signals, exit status and
/// standard streams are the command's own.
public struct EnvironmentCommand: Sendable {
    private let prefix: ByteString
    private let words: [ByteString]

    /// The command cannot be started; shells end with these statuses then.
    public struct NotStarted: Error, Sendable {
        public let failure: Failure
        /// 127 when there is no such program, 126 when it cannot be run.
        public let status: Int32
    }

    /// - Parameters:
    ///   - words: the program, by name or path, and its arguments.
    ///   - prefix: the absolute path of the environment.
    public init(_ words: [ByteString], prefix: ByteString) {
        self.words = words
        self.prefix = prefix
    }

    /// Becomes the command.
    ///
    /// Variables are set here; activation scripts of packages and values that are to be expanded need a shell (bash if
    /// there is one, `sh` otherwise), which gives way to the command after them.
    ///
    /// - Throws: `NotStarted`, and `Failure` if there is no environment or its activation cannot be read.
    public func run() throws -> Never {
        let process = try process(replacing: Sys.environment.filter { !OwnSecrets.isSecret($0) })
        do {
            try Sys.replaceProcess(process.program, arguments: process.words, environment: process.environment)
        } catch {
            throw NotStarted(
                failure: Failure(
                    "could not run '\(process.program)'", cause: error,
                    remedy: "Look whether the program may be run, and is for this platform."), status: 126)
        }
    }

    /// What this process becomes.
    struct Process {
        let program: ByteString
        let words: [ByteString]
        /// `NAME=VALUE`.
        let environment: [ByteString]
    }

    /// - Parameter environment: the variables of this process.
    func process(replacing environment: [ByteString]) throws -> Process {
        guard let name = words.first else { throw Failure("there is no command to run") }
        guard try Sys.exists(prefix.appending(path: "conda-meta")) else {
            throw Failure(
                "there is no environment at '\(prefix)'", remedy: "Make it first: pixi-unpack PACK.", kind: .notFound)
        }
        try PrefixPlace.requireUsable(prefix)
        let sources = try ActivationSources(environmentAt: prefix)
        let outer = environment.last { $0.hasPrefix("PATH=") }.map { ByteString($0.bytes.dropFirst(5)) }
        let path = prefix.appending(path: "bin") + ":" + (outer ?? "/usr/bin:/bin")
        let program = try find(name, path)
        let hasExpansion = sources.variables.contains(where: \.isExpanded)
        if sources.activationScripts(for: .bash).isEmpty && !hasExpansion {
            let variables = variables(sources, path, changing: environment)
            return Process(program: program, words: words, environment: variables)
        }
        let script = ActivationScript(shell: .bash, prefix: prefix, sources: sources)
        let shell = try ExternalProgram.find("bash", searchPath: path)?.path ?? find("sh", path)
        // The search path is that of the activation scripts' own making, so the shell looks for the command.
        let commands = ByteString(script.bytes) + "exec \"$@\"\n"
        return Process(program: shell, words: [shell, "-c", commands, name] + words, environment: environment)
    }

    private func find(_ name: ByteString, _ path: ByteString) throws -> ByteString {
        if let program = ExternalProgram.find(name, searchPath: path) { return program.path }
        guard name.bytes.contains(UInt8(ascii: "/")) else {
            throw NotStarted(
                failure: Failure(
                    "there is no program '\(name)' in the environment or in PATH",
                    remedy: "The environment's programs are in its folder bin."), status: 127)
        }
        if try Sys.exists(name) {
            throw NotStarted(
                failure: Failure("'\(name)' is not a program that can be run", remedy: "Make it executable: chmod +x."),
                status: 126)
        }
        throw NotStarted(failure: Failure("there is no program '\(name)'", remedy: "Check the path."), status: 127)
    }

    private func variables(
        _ sources: ActivationSources, _ path: ByteString, changing environment: [ByteString]
    ) -> [ByteString] {
        var changes: [(name: ByteString, value: ByteString)] = [
            ("PATH", path), ("CONDA_SHLVL", "1"), ("CONDA_PREFIX", prefix),
        ]
        changes += sources.variables.map { ($0.name, $0.value) }
        var result = environment
        for (name, value) in changes {
            result.removeAll { $0.hasPrefix(name + "=") }
            result.append(name + "=" + value)
        }
        return result
    }
}
