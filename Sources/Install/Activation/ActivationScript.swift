import Support

/// The text that activates an environment when a shell sources it, byte for byte the original's (spec install §7).
public struct ActivationScript: Sendable {
    public let shell: Shell
    /// The whole file.
    public let bytes: [UInt8]

    /// The file's name in the output directory.
    public var fileName: ByteString { ByteString("activate.\(shell.fileExtension)") }

    /// - Parameters:
    ///   - prefix: the absolute path at which the environment will be used; written as given.
    ///   - sources: what its packages contribute, read from where the environment is now.
    public init(shell: Shell, prefix: ByteString, sources: ActivationSources) {
        self.shell = shell
        var writer = ActivationStatements(shell: shell)
        writer.prelude()
        writer.prependToPath(prefix.appending(path: "bin"))
        writer.set("CONDA_SHLVL", to: "1")
        writer.set("CONDA_PREFIX", to: prefix)
        for variable in sources.variables { writer.set(variable.name, to: variable.value) }
        let folder = prefix.appending(path: "etc/conda/activate.d")
        for name in sources.activationScripts(for: shell) { writer.run(folder.appending(path: name)) }
        bytes = writer.finish()
    }
}

/// The statements of an activation script in the language of one shell (spec install §7.2). Apart from the POSIX shells,
/// values are written as they are: the original escapes nothing there.
private struct ActivationStatements {
    let shell: Shell
    private var text = ByteString()

    init(shell: Shell) { self.shell = shell }

    mutating func prelude() {
        switch shell {
        case .cmd: line("@chcp 65001 > nul")
        case .powershell:
            line(
                "$OutputEncoding = [System.Console]::OutputEncoding = [System.Console]::InputEncoding"
                    + " = [System.Text.Encoding]::UTF8")
        case .bash, .zsh, .fish, .xonsh, .nushell: break
        }
    }

    mutating func prependToPath(_ directory: ByteString) {
        switch shell {
        case .bash, .zsh: line("export PATH=\"" + directory + ":${PATH}\"")
        case .fish: line("set -gx PATH \"" + directory + ":$PATH\"")
        // xonsh takes `${PATH}` literally; kept because the bytes are the original's (docs/compatibility.md).
        case .xonsh: line("$PATH = \"" + directory + ":${PATH}\"")
        case .cmd: line("@SET \"PATH=" + directory + ":%PATH%\"")
        case .powershell: line("${Env:PATH} = \"" + directory + ":$Env:PATH\"")
        case .nushell: line("$env.PATH = ($env.PATH | prepend [\"" + doublingBackslashes(directory) + "\"])")
        }
    }

    mutating func set(_ name: ByteString, to value: ByteString) {
        switch shell {
        case .bash: line("export " + name + "=" + PosixQuoting.value(value))
        case .zsh: line("export " + name + "=\"" + value + "\"")
        case .fish: line("set -gx " + name + " \"" + value + "\"")
        case .xonsh: line("$" + name + " = \"" + value + "\"")
        case .cmd: line("@SET \"" + name + "=" + value + "\"")
        case .powershell: line("${Env:" + name + "} = \"" + value + "\"")
        case .nushell: line("$env." + nushellName(name) + " = \"" + doublingBackslashes(value) + "\"")
        }
    }

    mutating func run(_ script: ByteString) {
        switch shell {
        case .bash: line(". " + PosixQuoting.word(script))
        case .zsh, .powershell: line(". \"" + script + "\"")
        case .fish: line("source \"" + script + "\"")
        case .xonsh: line((script.hasSuffix(".sh") ? "source-bash \"" : "source \"") + script + "\"")
        case .cmd: line("@CALL \"" + script + "\"")
        case .nushell: line("source-env \"" + script + "\"")
        }
    }

    /// The text with the line ends of the shell: for cmd also those inside values.
    func finish() -> [UInt8] {
        guard shell == .cmd else { return text.bytes }
        var result: [UInt8] = []
        for byte in text.bytes {
            if byte == 0x0A { result.append(0x0D) }
            result.append(byte)
        }
        return result
    }

    private mutating func line(_ statement: ByteString) {
        text.bytes.append(contentsOf: statement.bytes)
        text.bytes.append(0x0A)
    }

    private func doublingBackslashes(_ value: ByteString) -> ByteString {
        ByteString(value.bytes.flatMap { $0 == UInt8(ascii: "\\") ? [$0, $0] : [$0] })
    }

    private func nushellName(_ name: ByteString) -> ByteString {
        let isPlain = name.bytes.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        return isPlain ? name : "\"" + name + "\""
    }
}
