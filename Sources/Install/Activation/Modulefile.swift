import Support

/// A file for the command `module` of clusters: loading it activates an environment, unloading it takes that back.
///
/// Tcl is for Environment Modules, Lua for Lmod. Scripts of packages are run by the `source-sh` both have (Environment
/// Modules since 4.6, Lmod since 8.6 in Lua only), which notes what a script changed.
public struct Modulefile: Sendable {
    public enum Language: Sendable, Equatable {
        case tcl
        case lua
    }

    /// The whole file.
    public let bytes: [UInt8]

    /// - Parameters:
    ///   - prefix: the absolute path of the environment.
    ///   - sources: what its packages contribute, read from where the environment is now.
    public init(_ language: Language, prefix: ByteString, sources: ActivationSources) {
        let folder = prefix.appending(path: "etc/conda/activate.d")
        let scripts = sources.activationScripts(for: .bash).map { folder.appending(path: $0) }
        // As in scripts of our own: names no shell could use are left out.
        let named = sources.variables.filter { variable in
            variable.name.bytes.allSatisfy(VariableValue.isWordByte)
                && variable.name.bytes.first.map { !isASCIIDigit($0) } ?? false
        }
        // Lmod gives its shell a second line as a command.
        func hasLines(_ text: ByteString) -> Bool { text.bytes.contains { $0 == 0x0A || $0 == 0x0D } }
        let variables = named.filter { !hasLines($0.value) }
        let leftOut = named.filter { hasLines($0.value) }.map { $0.name + " is left out: its value has several lines." }
        var lines: [ByteString] = []
        let description = "The environment " + prefix + ", made by pixi-pack"
        switch language {
        case .tcl:
            lines += ["#%Module1.0", "module-whatis " + tcl(description)]
            lines.append("prepend-path PATH " + tcl(prefix.appending(path: "bin")))
            lines += ["setenv CONDA_SHLVL 1", "setenv CONDA_PREFIX " + tcl(prefix)]
            lines += variables.map { "setenv " + $0.name + " " + tcl(VariableValue($0.value)) }
            lines += leftOut.map { "# " + $0 }
            lines += scripts.map { "source-sh bash " + tcl($0) }
        case .lua:
            lines += ["-- -*- lua -*-", "whatis(" + lua(description) + ")"]
            lines.append("prepend_path(\"PATH\", " + lua(prefix.appending(path: "bin")) + ")")
            lines += ["setenv(\"CONDA_SHLVL\", \"1\")", "setenv(\"CONDA_PREFIX\", " + lua(prefix) + ")"]
            lines += variables.map { "setenv(\"" + $0.name + "\", " + lua(VariableValue($0.value)) + ")" }
            lines += leftOut.map { "-- " + $0 }
            lines += scripts.map { "source_sh(\"bash\", " + lua(PosixQuoting.single($0)) + ")" }
        }
        bytes = ByteString.joined(lines.map { $0 + "\n" }, by: "").bytes
    }
}

/// A word of Tcl that means exactly `text` (Tcl(n), rules 4, 7, 8 and 9).
private func tcl(_ text: ByteString) -> ByteString { "\"" + ByteString(tclEscaped(text)) + "\"" }

private func tclEscaped(_ text: ByteString) -> [UInt8] {
    text.bytes.flatMap { byte -> [UInt8] in
        switch byte {
        case UInt8(ascii: "\n"): Array("\\n".utf8)
        case UInt8(ascii: "\r"): Array("\\r".utf8)
        case _ where "\\\"$[]{};#".utf8.contains(byte): [UInt8(ascii: "\\"), byte]
        default: [byte]
        }
    }
}

/// The same with variables; one that is not set counts as empty.
private func tcl(_ value: VariableValue) -> ByteString {
    let pieces = value.pieces.map { piece -> ByteString in
        switch piece {
        case .text(let text): ByteString(tclEscaped(text))
        case .variable(let name, _):
            "[expr {[info exists ::env(" + name + ")] ? $::env(" + name + ") : {}}]"
        }
    }
    return "\"" + .joined(pieces, by: "") + "\""
}

/// A string of Lua that means exactly `text` (Lua manual, 3.1).
private func lua(_ text: ByteString) -> ByteString {
    let escaped = text.bytes.flatMap { byte -> [UInt8] in
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): [UInt8(ascii: "\\"), byte]
        case 0..<0x20, 0x7F: Array("\\\(byte < 10 ? "00" : byte < 100 ? "0" : "")\(byte)".utf8)
        default: [byte]
        }
    }
    return "\"" + ByteString(escaped) + "\""
}

private func lua(_ value: VariableValue) -> ByteString {
    if value.pieces.isEmpty { return "\"\"" }
    let pieces = value.pieces.map { piece -> ByteString in
        switch piece {
        case .text(let text): lua(text)
        case .variable(let name, _): "(os.getenv(\"" + name + "\") or \"\")"
        }
    }
    return .joined(pieces, by: " .. ")
}
