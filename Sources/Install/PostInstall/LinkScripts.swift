import CondaModel
import Support

/// Runs the `post-link` scripts of packages, as conda does. Only on request, as the original never does it
/// (docs/spec/install.md#link-scripts).
public struct LinkScripts: Sendable {
    private let scripts: [Script]
    private let prefix: ByteString

    private struct Script {
        let package: PackageRecord
        let path: ByteString
    }

    /// - Parameters:
    ///   - changes: the packages that were installed. Their scripts run in the order of dependencies.
    ///   - prefix: where the environment is.
    public init(_ plan: InstallPlan, _ changes: EnvironmentChanges, prefix: ByteString) {
        self.prefix = prefix
        let records = Dictionary(
            changes.packages.map { ($0.source.record.name, $0.source.record) },
            uniquingKeysWith: { first, _ in first })
        scripts = plan.precedence.compactMap { name in
            guard let record = records[name] else { return nil }
            return Script(package: record, path: "bin/." + ByteString(name.text) + "-post-link.sh")
        }
    }

    /// - Parameter umask: the umask of the scripts; ours may be different.
    /// - Throws: `Failure` naming the package whose script failed, with what it printed.
    public func run(umask: UInt32, reporter: any Reporter) throws {
        for script in scripts {
            let path = prefix.appending(path: script.path)
            guard try Sys.exists(path) else { continue }
            reporter.info("Running the post-link script of \(script.package.name).")
            try run(script, path, umask, reporter)
        }
    }

    /// As in conda, bash reads the script (`.`) in the activated environment, with the script's folder as current
    /// folder. So `return` ends the script, and `exit` sets its status.
    private func run(_ script: Script, _ path: ByteString, _ umask: UInt32, _ reporter: any Reporter) throws {
        let record = script.package
        guard let shell = ExternalProgram.find("bash") ?? ExternalProgram.find("sh") else {
            throw Failure(
                "there is no shell to run the post-link script of '\(record.name)' with",
                remedy: "Do without --run-post-link, or install bash.")
        }
        let activation = ActivationScript(
            shell: .bash, prefix: prefix, sources: try ActivationSources(environmentAt: prefix))
        let commands =
            "umask " + ByteString(String(umask, radix: 8)) + "\n" + ByteString(activation.bytes)
            + ". " + PosixQuoting.word(path) + "\n"
        let ending = try shell.run(
            ["-c", commands],
            directory: path.parentPath,
            environment: [
                ("PREFIX", prefix.lossyString), ("ROOT_PREFIX", prefix.lossyString), ("PKG_NAME", record.name.text),
                ("PKG_VERSION", record.version), ("PKG_BUILDNUM", "\(record.buildNumber)"),
            ])
        let messages = takeMessages()
        guard ending.isSuccess else {
            throw Failure(
                "the post-link script of package '\(record.name)' ended with \(ending.text)"
                    + "\(lines: messages)\(lines: ending.output.lossyString)",
                remedy: "The environment is complete but for what the script does; unpack without --run-post-link.")
        }
        if !messages.isEmpty { reporter.note("The package \(record.name) says:\(lines: messages)") }
    }

    /// What the scripts wrote for people to the file `.messages.txt` of the environment. The file is removed, as by
    /// conda.
    private func takeMessages() -> String {
        let path = prefix.appending(path: ".messages.txt")
        guard let file = try? File.open(path), let text = try? file.slice().readAll(limit: 1 << 20) else { return "" }
        try? Sys.unlink(path)
        return String(decoding: text, as: UTF8.self)
    }
}
