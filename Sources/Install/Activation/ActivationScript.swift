import Support

/// The text that activates an environment when a shell sources it. It is the original's, byte for byte, wherever
/// nothing in it can be run or misread (docs/spec/install.md#activation; deviations are in docs/compatibility.md).
public struct ActivationScript: Sendable {
    let shell: Shell
    /// The whole text.
    public let bytes: [UInt8]

    /// What stands around the scripts of packages.
    public enum Form: Sendable {
        /// Nothing: the original's text.
        case original
        /// In shells that know `set -eu`: options of the calling shell that would end it when a package's script fails are
        /// off meanwhile.
        case guarded
    }

    /// The file's name in the output directory.
    public var fileName: ByteString { ByteString("activate.\(shell.fileExtension)") }

    /// - Parameters:
    ///   - prefix: the absolute path at which the environment will be used; written as given.
    ///   - sources: what its packages contribute, read from where the environment is now.
    public init(shell: Shell, prefix: ByteString, sources: ActivationSources, form: Form = .original) {
        self.shell = shell
        if shell == .cmd, !CmdQuoting.isQuotable(prefix) {
            bytes = CmdQuoting.refusal.bytes
            return
        }
        var writer = ActivationStatements(shell: shell)
        writer.prelude()
        writer.prependToPath(prefix.appending(path: "bin"))
        writer.set("CONDA_SHLVL", to: "1")
        writer.set("CONDA_PREFIX", to: prefix)
        for variable in sources.variables { writer.set(variable.name, expanding: variable.value) }
        let folder = prefix.appending(path: "etc/conda/activate.d")
        let scripts = sources.activationScripts(for: shell)
        let isGuarded = form == .guarded && !scripts.isEmpty && [.bash, .zsh].contains(shell)
        if isGuarded { writer.write(PosixOptions.suspended) }
        for name in scripts { writer.run(folder.appending(path: name)) }
        if isGuarded { writer.write(PosixOptions.resumed) }
        bytes = writer.finish()
    }
}

/// The statements of an activation script in the language of one shell (docs/spec/install.md#statements).
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
        case .bash, .zsh, .csh, .fish, .xonsh, .nushell: break
        }
    }

    mutating func prependToPath(_ directory: ByteString) {
        switch shell {
        case .bash: line("export PATH=\"" + ByteString(PosixQuoting.inDoubleQuotes(directory)) + ":${PATH}\"")
        case .zsh: line("export PATH=" + open(ScriptQuoting.zsh(directory)) + ":${PATH}\"")
        case .csh: CshQuoting.prependToPath(directory).forEach { line($0) }
        case .fish: line("set -gx PATH " + open(ScriptQuoting.fish(directory)) + ":$PATH\"")
        // xonsh takes `${PATH}` literally; kept because the bytes are the original's (docs/compatibility.md).
        case .xonsh: line("$PATH = " + open(ScriptQuoting.python(directory)) + ":${PATH}\"")
        case .cmd: line("@SET \"PATH=" + CmdQuoting.quotable(directory) + ":%PATH%\"")
        case .powershell: line("${Env:PATH} = " + open(ScriptQuoting.powerShell(directory)) + ":$Env:PATH\"")
        case .nushell: line("$env.PATH = ($env.PATH | prepend [" + ScriptQuoting.nushell(directory) + "])")
        }
    }

    /// Sets a variable to exactly this text.
    mutating func set(_ name: ByteString, to text: ByteString) {
        switch shell {
        case .bash: line("export " + name + "=" + PosixQuoting.word(text))
        case .zsh: line("export " + name + "=" + ScriptQuoting.zsh(text))
        case .csh: line(CshQuoting.set(name, to: text))
        case .fish: line("set -gx " + name + " " + ScriptQuoting.fish(text))
        case .xonsh: line(xonshVariable(name) + " = " + ScriptQuoting.python(text))
        case .cmd: line(CmdQuoting.set(name, to: text))
        case .powershell: line("${Env:" + name + "} = " + ScriptQuoting.powerShell(text))
        case .nushell: line("$env." + nushellName(name) + " = " + ScriptQuoting.nushell(text))
        }
    }

    /// Sets a variable to a value of a package: some shells expand `$NAME` in it.
    mutating func set(_ name: ByteString, expanding value: ByteString) {
        switch shell {
        case .bash: line("export " + name + "=" + PosixQuoting.value(value))
        case .zsh: line("export " + name + "=" + ScriptQuoting.zsh(VariableValue(value)))
        case .csh: CshQuoting.set(name, to: VariableValue(value)).forEach { line($0) }
        case .fish: line("set -gx " + name + " " + ScriptQuoting.fish(VariableValue(value)))
        case .xonsh, .cmd, .powershell, .nushell: set(name, to: value)
        }
    }

    mutating func write(_ statements: ByteString) { text.bytes.append(contentsOf: statements.bytes) }

    mutating func run(_ script: ByteString) {
        switch shell {
        case .bash: line(". " + PosixQuoting.word(script))
        case .zsh: line(". " + ScriptQuoting.zsh(script))
        case .powershell: line(". " + ScriptQuoting.powerShell(script))
        case .csh: line("source " + CshQuoting.word(script) + ";")
        case .fish: line("source " + ScriptQuoting.fish(script))
        case .xonsh: line((script.hasSuffix(".sh") ? "source-bash " : "source ") + ScriptQuoting.xonshPath(script))
        case .cmd: line(CmdQuoting.call(script))
        case .nushell: line("source-env " + ScriptQuoting.nushell(script))
        }
    }

    /// A word in double quotes, without the closing one.
    private func open(_ word: ByteString) -> ByteString { ByteString(word.bytes.dropLast()) }

    /// The variable in xonsh's syntax. A name that is not an identifier would turn the line into a command.
    private func xonshVariable(_ name: ByteString) -> ByteString {
        let isIdentifier = name.bytes.allSatisfy(VariableValue.isWordByte) && !isASCIIDigit(name.bytes.first ?? 0x30)
        return isIdentifier ? "$" + name : "${...}[" + ScriptQuoting.python(name) + "]"
    }

    /// The text with the line ends of the shell; for cmd those inside values are changed as well.
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
