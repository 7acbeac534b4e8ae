import Support

/// The beginning of `environment.cmd`: a batch file for `cmd` on Windows, which reads a file only as far as it runs it.
///
/// `cmd` cannot copy a part of a file, so PowerShell does it, which comes with Windows: in pieces, with .NET file
/// streams. There is no `goto`, as `cmd` would search the whole pack for the label.
struct BatchStub {
    let layout: ExecutableLayout

    /// The script and the marker line: exactly `ExecutableLayout.stubLength` bytes, with lines ended by CR LF.
    func rendered() throws -> [UInt8] {
        let text = Template(BatchStub.template).filled([
            "HEADER": layout.headerWords,
            "TOTAL": "\(layout.totalLength)",
            "ARCHIVE": "\(layout.archiveOffset) \(layout.archiveLength)",
            "PROGRAM": "\(layout.runtimeOffset) \(layout.runtimeLength)",
        ])
        let lines = WindowsText.withLineEnds(text)
        let end = Array("\r\n\(ExecutableLayout.marker)\r\n".utf8)
        let fill = Int(ExecutableLayout.stubLength) - lines.count - end.count
        guard fill >= 0 else { throw Failure("the start script of the self-extracting pack does not fit its place") }
        return lines + Array(repeating: UInt8(ascii: "#"), count: fill) + end
    }

    static let template = #"""
        @echo off
        rem {HEADER}
        rem A conda environment with the program that installs it: run this file with --help
        setlocal DisableDelayedExpansion
        set "PIXI_PACK_SELF=%~f0"
        set "PIXI_PACK_DIR=%TEMP%"
        if defined PIXI_UNPACK_TMPDIR set "PIXI_PACK_DIR=%PIXI_UNPACK_TMPDIR%"
        set "PIXI_PACK_DIR=%PIXI_PACK_DIR%\pixi-unpack-%RANDOM%-%RANDOM%"
        mkdir "%PIXI_PACK_DIR%" || exit /b 1
        powershell -NoProfile -NonInteractive -ExecutionPolicy Bypass -Command "$ErrorActionPreference = 'Stop'; $self = $env:PIXI_PACK_SELF; $found = (New-Object IO.FileInfo $self).Length; if ($found -ne {TOTAL}) { [Console]::Error.WriteLine('Error: this file is damaged: expected {TOTAL} bytes, found ' + $found); exit 1 }; function Copy-Part([long]$offset, [long]$length, [string]$name) { $source = New-Object IO.FileStream($self, 'Open', 'Read', 'Read'); $target = New-Object IO.FileStream(([IO.Path]::Combine($env:PIXI_PACK_DIR, $name)), 'CreateNew'); try { [void]$source.Seek($offset, 'Begin'); $buffer = New-Object byte[] 1048576; while ($length -gt 0) { $count = $source.Read($buffer, 0, [int][Math]::Min($length, $buffer.Length)); if ($count -le 0) { throw 'this file is damaged: it ends too early' }; $target.Write($buffer, 0, $count); $length -= $count } } finally { $target.Dispose(); $source.Dispose() } }; try { Copy-Part {PROGRAM} 'pixi-unpack.exe'; Copy-Part {ARCHIVE} 'environment.tar' } catch { [Console]::Error.WriteLine('Error: ' + $_.Exception.Message); exit 1 }"
        if errorlevel 1 rmdir /s /q "%PIXI_PACK_DIR%" & exit /b 1
        "%PIXI_PACK_DIR%\pixi-unpack.exe" %* "%PIXI_PACK_DIR%\environment.tar"
        set "PIXI_PACK_STATUS=%ERRORLEVEL%"
        rmdir /s /q "%PIXI_PACK_DIR%" & exit /b %PIXI_PACK_STATUS%

        """#
}
