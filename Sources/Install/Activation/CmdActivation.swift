import Support

/// The reversible script for cmd. As cmd has no functions, `deactivate` is a macro that calls the script again.
struct CmdActivation {
    let text: ByteString

    init(_ parts: ReversibleActivation.Parts) {
        let place = parts.relative.map { "%~dp0" + CmdQuoting.quotable($0.bytes) } ?? CmdQuoting.quotable(parts.prefix)
        guard CmdQuoting.isQuotable(parts.relative?.bytes ?? parts.prefix) else {
            text = CmdQuoting.refusal
            return
        }
        var lines: [ByteString] = [
            "@rem Activates an environment: call activate.bat",
            "@rem Afterwards \"deactivate\" brings back what was before.",
            "@if \"%~1\"==\"deactivate\" goto pixi_pack_deactivate",
            "@if defined _PIXI_PACK_PREFIX call \"%~f0\" deactivate",
            "@chcp 65001 > nul",
            "@set \"_PIXI_PACK_PREFIX=" + place + "\"",
        ]
        lines += parts.names.flatMap { Self.copy($0, to: "_PIXI_PACK_WAS_" + $0) }
        lines += [
            "@set \"PATH=" + place + "/bin:%PATH%\"", "@set \"CONDA_SHLVL=1\"", "@set \"CONDA_PREFIX=" + place + "\"",
        ]
        for variable in parts.variables { lines.append(Self.set(variable, place: place)) }
        lines += parts.activation.map(Self.run)
        lines += ["@doskey deactivate=call \"%~f0\" deactivate", "@goto :eof", ":pixi_pack_deactivate"]
        lines += parts.deactivation.map(Self.run)
        for name in parts.names.reversed() {
            lines += Self.copy("_PIXI_PACK_WAS_" + name, to: name) + ["@set \"_PIXI_PACK_WAS_" + name + "=\""]
        }
        lines += ["@set \"_PIXI_PACK_PREFIX=\"", "@doskey deactivate=", ""]
        text = .joined(lines, by: "\r\n")
    }

    /// Copies a variable without expanding its value: `%NAME%` would be read as a part of the line.
    private static func copy(_ source: ByteString, to target: ByteString) -> [ByteString] {
        [
            "@setlocal EnableDelayedExpansion",
            "@for /f \"delims=\" %%A in (\"\"!" + source + "!\"\") do @endlocal & set \"" + target + "=%%~A\"",
        ]
    }

    /// Sets a variable. If its value contains the environment's path, the script inserts the path where the environment
    /// is now. This is not possible inside quotation marks, so a value with quotation marks keeps the original path.
    private static func set(_ variable: ReversibleActivation.Parts.Variable, place: ByteString) -> ByteString {
        let isPlain = variable.pieces.allSatisfy { piece in
            CmdQuoting.isQuotable(piece) && !piece.bytes.contains(UInt8(ascii: "!"))
        }
        guard variable.pieces.count > 1, isPlain else {
            return CmdQuoting.set(variable.name, to: variable.value, word: "@set")
        }
        let value = ByteString.joined(variable.pieces.map(CmdQuoting.quotable), by: place.lossyString)
        return "@set \"" + variable.name + "=" + value + "\""
    }

    private static func run(_ script: ByteString) -> ByteString {
        let path = CmdQuoting.call(script)
        guard path.hasPrefix("@CALL \"") else { return path }
        return "@call \"%_PIXI_PACK_PREFIX%/" + ByteString(path.bytes.dropFirst(7))
    }
}
