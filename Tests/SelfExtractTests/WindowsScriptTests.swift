import CondaModel
import LibC
import Support
import TestKit
import Testing

@testable import SelfExtract

/// No Windows and no PowerShell is at hand: what these scripts do there was not run, but for the batch file in wine
/// (`BatchInWineTests`). Their structure, their numbers and
/// what they hold are checked here.
@Suite("Self-extracting packs for Windows")
struct WindowsScriptTests {
    private static let program = FakeProgram.portable(machine: [0x64, 0x86]) + (0..<5000).map { UInt8($0 & 0xFF) }

    private struct Made {
        let bytes: [UInt8]
        let archive: [UInt8]
        let path: ByteString
        let directory: TemporaryDirectory

        init(_ name: String, archive: [UInt8]) throws {
            directory = try TemporaryDirectory()
            self.archive = archive
            path = try directory.write(name, [])
            let runtime = try EmbeddedRuntime(
                program: WindowsScriptTests.program, name: "pixi-unpack.exe", platform: .win64, isOwn: false)
            let writer = ExecutableWriter(runtime: runtime, name: path)
            let file = File(descriptor: try Sys.open(path, O_RDWR), path: path)
            let offset = writer.archiveOffset
            let place = offset == nil ? try File.open(try directory.write("tar", archive)) : file
            if let offset { try archive.withUnsafeBytes { try Sys.writeAll(file.descriptor, $0, at: offset) } }
            let slice = FileSlice(file: place, offset: offset ?? 0, length: Int64(archive.count))
            try writer.finish(file, archive: slice, contents: SHA256Hasher.hash("x".utf8))
            bytes = try directory.read(name)
        }

        var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    private static func noise(_ count: Int) -> [UInt8] {
        var state: UInt64 = 7
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 33)
        }
    }

    private func hasOnlyWindowsLineEnds(_ bytes: some Collection<UInt8>) -> Bool {
        var last: UInt8 = 0
        for byte in bytes {
            if byte == UInt8(ascii: "\n") && last != UInt8(ascii: "\r") { return false }
            last = byte
        }
        return true
    }

    @Test("the PowerShell script ends every line with CR LF and is plain text [lock 64]")
    func lineEnds() throws {
        let made = try Made("environment.ps1", archive: WindowsScriptTests.noise(10_240))
        #expect(hasOnlyWindowsLineEnds(made.bytes))
        #expect(made.bytes.allSatisfy { $0 < 0x80 })
        #expect(made.text.contains("\r\n<#\r\n@@PIXI_PACK_ARCHIVE@@\r\n"))
        #expect(made.text.hasSuffix("\r\n#>\r\n"))
    }

    @Test(
        "The PowerShell script's numbers lead to base64 of pack and program", arguments: [0, 1, 2, 3, 1024, 1_600_000])
    func powerShellParts(count: Int) throws {
        let made = try Made("environment.ps1", archive: WindowsScriptTests.noise(count))
        let parts = made.text.split(separator: "    Expand-Part ").dropFirst().map {
            $0.split(separator: " ").prefix(2).compactMap { Int($0) }
        }
        #expect(parts.count == 2)
        for (numbers, expected) in zip(parts, [WindowsScriptTests.program, made.archive]) {
            let (offset, length) = (try #require(numbers.first), try #require(numbers.last))
            let lines = made.bytes[offset..<(offset + length)]
            // What the script does: pieces of the size of a whole line, each decoded for itself.
            let stride = Int(PowerShellScript.lineLength) / 3 * 4 + 2
            #expect(made.text.contains("New-Object byte[] \(stride)\r\n"))
            var decoded: [UInt8] = []
            var rest = lines
            while !rest.isEmpty {
                let digits = rest.prefix(stride).filter { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }
                decoded += try #require(Base64.standard.decode(digits))
                rest = rest.dropFirst(stride)
            }
            #expect(decoded == expected)
        }
        #expect(made.text.contains("if ($found -ne \(made.bytes.count))"))
    }

    @Test("The scripts copy with .NET file streams, pass arguments and exit code on and remove what they made")
    func structure() throws {
        let script = try Made("environment.ps1", archive: [1]).text
        for part in [
            "New-Object System.IO.FileStream($self, 'Open', 'Read', 'Read')", "& $program @args $pack",
            "$code = $LASTEXITCODE", "exit $code", "[System.IO.Directory]::Delete($directory, $true)",
            "this file is damaged: expected ", "$env:PIXI_UNPACK_TMPDIR",
        ] {
            #expect(script.contains(part), "\(part)")
        }
        for part in ["Get-Content", "ReadAllBytes", "ReadToEnd", "{MARKER}", "{TOTAL}"] {
            #expect(!script.contains(part), "\(part)")
        }
    }

    @Test("Braces, brackets and quotes of the PowerShell script are balanced")
    func balanced() throws {
        let script = try Made("environment.ps1", archive: [1]).text
        let code = try #require(script.split(separator: "<#").first).split(separator: "\r\n")
            .filter { !$0.drop { $0 == " " }.hasPrefix("#") }.joined(separator: "\n")
        for (open, close) in [("{", "}"), ("(", ")"), ("[", "]")] {
            #expect(code.filter { String($0) == open }.count == code.filter { String($0) == close }.count)
        }
        #expect(code.filter { $0 == "'" }.count % 2 == 0)
        #expect(code.filter { $0 == "\"" }.count % 2 == 0)
    }

    @Test("A batch file holds pack and program raw, behind 4 KiB of lines with CR LF")
    func batch() throws {
        for name in ["environment.cmd", "SETUP.BAT"] {
            let made = try Made(name, archive: WindowsScriptTests.noise(5120))
            let stub = made.bytes[..<4096]
            #expect(hasOnlyWindowsLineEnds(stub))
            #expect(stub.suffix(25).elementsEqual("\r\n@@PIXI_PACK_ARCHIVE@@\r\n".utf8))
            #expect(made.bytes[4096...].prefix(5120).elementsEqual(made.archive))
            let found = try #require(try SelfExtractingFile.recognize(File.open(made.path)))
            #expect(found.layout.platform == .win64)
            #expect(try found.archive.readAll() == made.archive)
            #expect(made.bytes[Int(found.layout.runtimeOffset)...].elementsEqual(WindowsScriptTests.program))
            let text = String(decoding: stub, as: UTF8.self)
            #expect(text.contains("Copy-Part 4096 5120 'environment.tar'"))
            #expect(
                text.contains(
                    "Copy-Part \(found.layout.runtimeOffset) \(WindowsScriptTests.program.count) 'pixi-unpack.exe'"))
            #expect(text.contains("if ($found -ne \(made.bytes.count))"))
            #expect(text.contains("\\pixi-unpack.exe\" %* \"%PIXI_PACK_DIR%\\environment.tar\"\r\n"))
            // cmd would look for a label through the whole pack, and takes no line of more than 8191 characters.
            #expect(!text.lowercased().contains("goto"))
            #expect(stub.split(separator: UInt8(ascii: "\n")).allSatisfy { $0.count < 8000 })
            // Inside double quotes the PowerShell commands must have none, and cmd's percent signs only around names.
            let line = try #require(text.split(separator: "\r\n").first { $0.hasPrefix("powershell ") })
            #expect(line.filter { $0 == "\"" }.count == 2)
            #expect(!line.contains("%"))
        }
    }

    @Test("A pack too large for a PowerShell script is refused with the way out")
    func tooLarge() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("environment.ps1", [])
        let runtime = try EmbeddedRuntime(
            program: WindowsScriptTests.program, name: "pixi-unpack.exe", platform: .win64, isOwn: false)
        let file = File(descriptor: try Sys.open(path, O_RDWR), path: path)
        let sparse = File(descriptor: try Sys.open(directory("big"), O_RDWR | O_CREAT), path: "big")
        try Sys.truncate(sparse.descriptor, to: PowerShellScript.sizeLimit)
        let error = #expect(throws: Failure.self) {
            try ExecutableWriter(runtime: runtime, name: path).finish(
                file, archive: sparse.slice(), contents: SHA256Hasher.hash("".utf8))
        }
        #expect(error?.message.contains("PowerShell, which reads a script whole") == true)
        #expect(error?.remedy?.contains(".cmd") == true)
    }
}
