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
    /// Variables are set here; activation scripts of packages need a shell (bash if there is one, `sh` otherwise), which
    /// gives way to the command after them.
    ///
    /// - Throws: `NotStarted`, and `Failure` if the activation of the environment cannot be read.
    public func run() throws -> Never {
        guard let name = words.first else { throw Failure("there is no command to run") }
        let sources = try ActivationSources(environmentAt: prefix)
        let path = prefix.appending(path: "bin") + ":" + (environmentValue("PATH") ?? "/usr/bin:/bin")
        if sources.activationScripts(for: .bash).isEmpty {
            try become(try find(name, path), words, environment: variables(sources, path))
        }
        let script = ActivationScript(shell: .bash, prefix: prefix, sources: sources)
        let shell = try ExternalProgram.find("bash", searchPath: path)?.path ?? find("sh", path)
        // The search path is that of the activation scripts' own making, so the shell looks for the command.
        let commands = ByteString(script.bytes) + "exec \"$@\"\n"
        try become(shell, [shell, "-c", commands, name] + words, environment: Sys.environment)
    }

    private func find(_ name: ByteString, _ path: ByteString) throws -> ByteString {
        if let program = ExternalProgram.find(name, searchPath: path) { return program.path }
        throw NotStarted(
            failure: Failure("there is no program '\(name)' in the environment or in PATH"), status: 127)
    }

    private func variables(_ sources: ActivationSources, _ path: ByteString) -> [ByteString] {
        var changes: [(name: ByteString, value: ByteString)] = [
            ("PATH", path), ("CONDA_SHLVL", "1"), ("CONDA_PREFIX", prefix),
        ]
        changes += sources.variables.map { ($0.name, $0.value) }
        var result = Sys.environment
        for (name, value) in changes {
            result.removeAll { $0.hasPrefix(name + "=") }
            result.append(name + "=" + value)
        }
        return result
    }

    private func become(_ program: ByteString, _ words: [ByteString], environment: [ByteString]) throws -> Never {
        ProcessUmask.restore()
        do {
            try Sys.replaceProcess(program, arguments: words, environment: environment)
        } catch {
            throw NotStarted(failure: Failure("could not run '\(program)'", cause: error), status: 126)
        }
    }
}
