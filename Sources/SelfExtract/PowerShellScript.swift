import CondaModel
import Support

/// `environment.ps1`: a PowerShell script with the pack and the program in a comment.
///
/// PowerShell reads the whole script as text and refuses it if there is a syntax error anywhere, before it runs the
/// first line. So only text can follow: base64 in lines of equal length. The script reads its own file by offsets, line
/// by line. As PowerShell cannot hold texts of more than 2^30 characters, the size is limited (`sizeLimit`).
struct PowerShellScript {
    /// How many bytes are encoded in one line of base64.
    static let lineLength: Int64 = 3 << 18
    /// The largest size of pack and program together, in bytes, for which PowerShell can read the script.
    static let sizeLimit: Int64 = 700 << 20

    let archiveLength: Int64
    let runtime: EmbeddedRuntime
    let contents: SHA256Digest

    /// Everything before the first line of base64. Its length does not depend on the sizes of the parts.
    func start() -> [UInt8] {
        let archive = PowerShellScript.encodedLength(archiveLength)
        let program = PowerShellScript.encodedLength(Int64(runtime.bytes.count))
        var offset: Int64 = 0
        // The text contains offsets that depend on its own length, so it is made again until they agree.
        while true {
            let text = rendered(archive: (offset, archive), program: (offset + archive, program))
            if Int64(text.count) == offset { return text }
            offset = Int64(text.count)
        }
    }

    /// Everything after the last line of base64.
    static let end = Array("#>\r\n".utf8)

    /// The size of a part as text: lines of base64, each ended by CR LF.
    static func encodedLength(_ length: Int64) -> Int64 {
        let (lines, rest) = length.quotientAndRemainder(dividingBy: lineLength)
        return lines * (lineLength / 3 * 4 + 2) + (rest == 0 ? 0 : (rest + 2) / 3 * 4 + 2)
    }

    /// One line of base64.
    static func line(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4 + 2)
        var index = 0
        while index < bytes.count {
            let group = (0..<3).reduce(UInt32(0)) { value, place in
                value << 8 | (index + place < bytes.count ? UInt32(bytes[index + place]) : 0)
            }
            for place in 0..<4 {
                let isPadding = place > bytes.count - index
                text.append(isPadding ? UInt8(ascii: "=") : alphabet[Int(group >> UInt32(18 - 6 * place) & 63)])
            }
            index += 3
        }
        return text + [UInt8(ascii: "\r"), UInt8(ascii: "\n")]
    }

    private func rendered(archive: (Int64, Int64), program: (Int64, Int64)) -> [UInt8] {
        let total = program.0 + program.1 + Int64(PowerShellScript.end.count)
        return WindowsText.withLineEnds(
            Template(PowerShellScript.template).filled([
                "PLATFORM": runtime.platform.rawValue,
                "SHA256": contents.hex,
                "TOTAL": "\(total)",
                "LINE": "\(PowerShellScript.lineLength / 3 * 4 + 2)",
                "ARCHIVE": "\(archive.0) \(archive.1)",
                "PROGRAM": "\(program.0) \(program.1)",
                "MARKER": ExecutableLayout.marker,
            ]))
    }

    static let template = #"""
        # pixi-pack-script 1 {PLATFORM} sha256={SHA256}
        # A conda environment with the program that installs it.
        # Run it: powershell -ExecutionPolicy Bypass -File FILE --help
        $ErrorActionPreference = 'Stop'
        $self = $PSCommandPath
        $code = 1
        $base = [System.IO.Path]::GetTempPath()
        if ($env:PIXI_UNPACK_TMPDIR) { $base = $env:PIXI_UNPACK_TMPDIR }
        $directory = [System.IO.Path]::Combine($base, 'pixi-unpack-' + [System.Guid]::NewGuid().ToString('N'))
        # Each line of the part is base64 for itself, so only one is held in memory.
        function Expand-Part([long]$offset, [long]$length, [string]$path) {
            $source = New-Object System.IO.FileStream($self, 'Open', 'Read', 'Read')
            try {
                $target = New-Object System.IO.FileStream($path, 'CreateNew')
                try {
                    [void]$source.Seek($offset, 'Begin')
                    $buffer = New-Object byte[] {LINE}
                    while ($length -gt 0) {
                        $wanted = [int][System.Math]::Min($length, $buffer.Length)
                        $held = 0
                        while ($held -lt $wanted) {
                            $count = $source.Read($buffer, $held, $wanted - $held)
                            if ($count -le 0) { throw 'this file is damaged: it ends too early' }
                            $held += $count
                        }
                        $text = [System.Text.Encoding]::ASCII.GetString($buffer, 0, $held)
                        $bytes = [System.Convert]::FromBase64String($text)
                        $target.Write($bytes, 0, $bytes.Length)
                        $length -= $held
                    }
                } finally { $target.Dispose() }
            } finally { $source.Dispose() }
        }
        try {
            if (-not $self) { throw 'this script reads the pack from its own file: save it and run it with -File' }
            $found = (New-Object System.IO.FileInfo $self).Length
            if ($found -ne {TOTAL}) { throw "this file is damaged: expected {TOTAL} bytes, found $found" }
            [void][System.IO.Directory]::CreateDirectory($directory)
            $program = [System.IO.Path]::Combine($directory, 'pixi-unpack.exe')
            $pack = [System.IO.Path]::Combine($directory, 'environment.tar')
            Expand-Part {PROGRAM} $program
            Expand-Part {ARCHIVE} $pack
            & $program @args $pack
            $code = $LASTEXITCODE
        } catch {
            [System.Console]::Error.WriteLine('Error: ' + $_.Exception.Message)
        } finally {
            if ([System.IO.Directory]::Exists($directory)) { [System.IO.Directory]::Delete($directory, $true) }
        }
        exit $code
        <#
        {MARKER}

        """#
}
