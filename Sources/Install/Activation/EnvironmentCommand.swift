import Support

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A program run in an environment that nothing was activated for: this process becomes the program, so that signals,
/// terminal and exit status are the program's own.
public struct EnvironmentCommand: Sendable {
    /// Absolute path of what is executed: the program itself, or a shell that runs the activation scripts before.
    let program: ByteString
    /// With the name of the program in front.
    let arguments: [ByteString]
    /// The variables of the program, `NAME=VALUE`.
    let environment: [ByteString]

    /// Why a program could not be started, as shells tell it by their exit status.
    public struct NotStarted: Error {
        /// 127 if there is no such program, 126 if it cannot be executed.
        public let status: Int32
        public let reason: Failure
    }

    /// - Parameters:
    ///   - command: a program, looked for in the environment and then in `PATH`, and its arguments.
    ///   - prefix: the absolute path of the environment.
    ///   - variables: those of this process, `NAME=VALUE`.
    /// - Throws: `NotStarted` if there is no such program, `Failure` if there is no environment at `prefix`.
    public init(_ command: [ByteString], prefix: ByteString, variables: [ByteString]) throws {
        guard try Sys.exists(prefix.appending(path: "conda-meta")) else {
            throw Failure(
                "there is no environment at '\(prefix)'",
                remedy: "Name the environment's folder with -e, or make it first with pixi-unpack.")
        }
        let sources = try ActivationSources(environmentAt: prefix)
        let script = ActivationScript(shell: .bash, prefix: prefix, sources: sources)
        var table = EnvironmentTable(variables)
        let binaries = prefix.appending(path: "bin")
        let searchPath = table["PATH"].map { binaries + ":" + $0 } ?? binaries
        guard let name = command.first else { throw Failure("there is no command to run") }
        let found = try Self.find(name, searchPath: searchPath)

        // Scripts of packages and values with a `$` in them need a shell.
        let needsShell =
            !sources.activationScripts(for: .bash).isEmpty
            || sources.variables.contains { $0.value.bytes.contains(UInt8(ascii: "$")) }
        if needsShell {
            // Scripts may be written for bash; what they change may change which program is meant.
            guard let shell = ["bash", "sh"].lazy.compactMap({ ExternalProgram.find($0, searchPath: searchPath) }).first
            else {
                throw Failure(
                    "the environment has activation scripts, and there is no shell to run them",
                    remedy: "Install sh, or call the program by its path in the environment.")
            }
            program = shell.path
            arguments = ["sh", "-c", ByteString(script.bytes) + "exec \"$@\"", "pixi-unpack run"] + command
        } else {
            table["PATH"] = searchPath
            table["CONDA_SHLVL"] = "1"
            table["CONDA_PREFIX"] = prefix
            for variable in sources.variables { table[variable.name] = variable.value }
            program = found
            arguments = command
        }
        environment = table.entries
    }

    private static func find(_ name: ByteString, searchPath: ByteString) throws -> ByteString {
        if let program = ExternalProgram.find(name, searchPath: searchPath) { return program.path }
        let path = name.bytes.contains(UInt8(ascii: "/")) ? name : nil
        if let path, try Sys.exists(path) {
            throw NotStarted(status: 126, reason: Failure("'\(path)' is not a program that can be executed"))
        }
        throw NotStarted(
            status: 127,
            reason: Failure("there is no program '\(name)'" + (path == nil ? " in the environment or in PATH" : "")))
    }

    /// Becomes the program; returns only by an error.
    public func replaceProcess() throws -> Never {
        // What this process did to itself is not for the program.
        umask(mode_t(ProcessUmask.original))
        signal(SIGPIPE, SIG_DFL)
        do throws(SystemError) {
            try Sys.execute(program, arguments: arguments, environment: environment)
        } catch {
            throw NotStarted(
                status: error.code == ENOENT ? 127 : 126, reason: Failure("could not start '\(program)'", cause: error))
        }
    }
}

/// The variables of a process, in order; of two with one name the last counts.
private struct EnvironmentTable {
    private(set) var entries: [ByteString]

    init(_ entries: [ByteString]) { self.entries = entries }

    subscript(name: ByteString) -> ByteString? {
        get {
            let start = name + "="
            return entries.last { $0.hasPrefix(start) }.map { ByteString($0.bytes.dropFirst(start.count)) }
        }
        set {
            let start = name + "="
            entries.removeAll { $0.hasPrefix(start) }
            if let newValue { entries.append(start + newValue) }
        }
    }
}
