import Support

/// The reversible script for PowerShell.
struct PowerShellActivation {
    let text: ByteString

    init(_ parts: ReversibleActivation.Parts) {
        let names = ByteString.joined(parts.names.map(Self.quote), by: ", ")
        let place = parts.relative.map { "\"$PSScriptRoot/\" + " + Self.quote($0.bytes) } ?? Self.quote(parts.prefix)
        var text: ByteString =
            """
            # Activates an environment: . ./activate.ps1
            # Afterwards `deactivate` brings back what was before.
            if ($global:_PixiPackPrefix) { deactivate }
            $OutputEncoding = [System.Console]::OutputEncoding = [System.Console]::InputEncoding = [System.Text.Encoding]::UTF8
            $global:_PixiPackPrefix =\u{20}
            """ + place + """

                $global:_PixiPackWas = [ordered]@{}
                foreach ($name in @(
                """ + names + """
                )) { $global:_PixiPackWas[$name] = [Environment]::GetEnvironmentVariable($name) }
                function global:deactivate {

                """
        for script in parts.deactivation { text = text + "    " + Self.run(script) }
        text =
            text + """
                    foreach ($name in $global:_PixiPackWas.Keys) {
                        [Environment]::SetEnvironmentVariable($name, $global:_PixiPackWas[$name])
                    }
                    Remove-Variable -Scope Global _PixiPackPrefix, _PixiPackWas
                    Remove-Item function:deactivate
                }
                ${Env:PATH} = "$global:_PixiPackPrefix/bin" + [IO.Path]::PathSeparator + ${Env:PATH}
                ${Env:CONDA_SHLVL} = '1'
                ${Env:CONDA_PREFIX} = $global:_PixiPackPrefix

                """
        for variable in parts.variables {
            let value = ByteString.joined(variable.pieces.map(Self.quote), by: " + ${Env:CONDA_PREFIX} + ")
            text = text + "${Env:" + variable.name + "} = " + value + "\n"
        }
        if !parts.activation.isEmpty {
            // What the packages' scripts export is found by comparing the variables before and after they run.
            text = text + "$global:_PixiPackBefore = [Environment]::GetEnvironmentVariables()\n"
            for script in parts.activation { text = text + Self.run(script) }
            text =
                text + """
                    $_PixiPackAfter = [Environment]::GetEnvironmentVariables()
                    foreach ($name in @($global:_PixiPackBefore.Keys) + @($_PixiPackAfter.Keys)) {
                        if (-not $global:_PixiPackWas.Contains($name) -and $global:_PixiPackBefore[$name] -cne $_PixiPackAfter[$name]) {
                            $global:_PixiPackWas[$name] = $global:_PixiPackBefore[$name]
                        }
                    }
                    Remove-Variable -Scope Global _PixiPackBefore

                    """
        }
        self.text = text
    }

    private static func run(_ script: ByteString) -> ByteString {
        ". (\"$global:_PixiPackPrefix/\" + " + quote(script) + ")\n"
    }

    private static func quote(_ text: ByteString) -> ByteString { ScriptQuoting.powerShellLiteral(text) }
}
