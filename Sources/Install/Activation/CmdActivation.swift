import Support

/// The reversible script for cmd, which has no functions: `deactivate` is a macro that calls the script again.
struct CmdActivation {
    let text: ByteString

    init(_ parts: ReversibleActivation.Parts) {
        let place = parts.relative.map { "%~dp0" + Self.literal($0.bytes) } ?? Self.literal(parts.prefix)
        var lines: [ByteString] = [
            "@rem Activates an environment: call activate.bat",
            "@rem Afterwards \"deactivate\" brings back what was before.",
            "@if \"%~1\"==\"deactivate\" goto pixi_pack_deactivate",
            "@if defined _PIXI_PACK_PREFIX call \"%~f0\" deactivate",
            "@chcp 65001 > nul",
            "@set \"_PIXI_PACK_PREFIX=" + place + "\"",
        ]
        lines += parts.names.map { "@set \"_PIXI_PACK_WAS_" + $0 + "=%" + $0 + "%\"" }
        lines += [
            "@set \"PATH=%_PIXI_PACK_PREFIX%/bin:%PATH%\"", "@set \"CONDA_SHLVL=1\"",
            "@set \"CONDA_PREFIX=%_PIXI_PACK_PREFIX%\"",
        ]
        for variable in parts.variables {
            let value = ByteString.joined(variable.pieces.map(Self.literal), by: "%CONDA_PREFIX%")
            lines.append("@set \"" + variable.name + "=" + value + "\"")
        }
        lines += parts.activation.map(Self.run)
        lines += ["@doskey deactivate=call \"%~f0\" deactivate", "@goto :eof", ":pixi_pack_deactivate"]
        lines += parts.deactivation.map(Self.run)
        for name in parts.names.reversed() {
            lines += [
                "@set \"" + name + "=%_PIXI_PACK_WAS_" + name + "%\"", "@set \"_PIXI_PACK_WAS_" + name + "=\"",
            ]
        }
        lines += ["@set \"_PIXI_PACK_PREFIX=\"", "@doskey deactivate=", ""]
        text = .joined(lines, by: "\r\n")
    }

    private static func run(_ script: ByteString) -> ByteString {
        "@call \"%_PIXI_PACK_PREFIX%/" + literal(script) + "\""
    }

    private static func literal(_ text: ByteString) -> ByteString { text.escaping("%", with: "%") }
}
