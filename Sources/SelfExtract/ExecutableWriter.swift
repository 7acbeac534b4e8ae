import CondaModel
import Support

/// Makes a self-extracting pack from an archive and a program.
public struct ExecutableWriter: Sendable {
    /// The language of the script at the beginning of a pack.
    public enum Form: Sendable, Equatable {
        case shell
        case batch
        case powerShell
    }

    let runtime: EmbeddedRuntime
    let form: Form

    /// - Parameter name: the name of the pack's file. For Windows, the ending `.cmd` or `.bat` makes it a batch file.
    public init(runtime: EmbeddedRuntime, name: ByteString) {
        self.runtime = runtime
        let lower = String(name.lossyString.suffix(4)).lowercased()
        form = !runtime.platform.isWindows ? .shell : [".cmd", ".bat"].contains(lower) ? .batch : .powerShell
    }

    /// The offset in the pack's file at which the archive has to be before `finish`; nil if it has to be in another
    /// file.
    public var archiveOffset: Int64? { form == .powerShell ? nil : ExecutableLayout.stubLength }

    /// Writes everything but the archive; if the archive is in another file, writes that as well.
    ///
    /// - Parameters:
    ///   - file: the pack's file, open for reading and writing.
    ///   - contents: see `ContentDigest`.
    ///   - image: what is in the file already in front of the archive; only shell scripts have one.
    /// - Throws: `Failure`, also for a pack that is too large for its form.
    public func finish(
        _ file: File, archive: FileSlice, contents: SHA256Digest, image: EmbeddedImage? = nil
    ) throws {
        switch form {
        case .shell, .batch:
            let layout = ExecutableLayout(
                archiveLength: archive.length, runtime: runtime, contents: contents, image: image)
            try finish(file.descriptor, layout)
        case .powerShell:
            try writeText(file.descriptor, archive, contents)
        }
    }

    private func finish(_ descriptor: Int32, _ layout: ExecutableLayout) throws {
        // Remove the rest of a longer file that was there before.
        let end = layout.archiveOffset + layout.archiveLength
        try Sys.truncate(descriptor, to: end)
        try write([UInt8](repeating: 0, count: Int(layout.padding)), descriptor, at: end)
        try write(runtime.bytes, descriptor, at: layout.runtimeOffset)
        let stub =
            form == .batch
            ? try BatchStub(layout: layout).rendered() : try UnixStub(layout: layout, runtime: runtime).rendered()
        try write(stub, descriptor, at: 0)
    }

    private func writeText(_ descriptor: Int32, _ archive: FileSlice, _ contents: SHA256Digest) throws {
        let size = archive.length + Int64(runtime.bytes.count)
        if size > PowerShellScript.sizeLimit {
            throw Failure(
                "the pack has \(size) bytes: PowerShell, which reads a script whole before it runs it, takes"
                    + " \(PowerShellScript.sizeLimit)",
                remedy: "Name the output with the ending .cmd: a batch file has no such limit and needs less memory.")
        }
        let script = PowerShellScript(archiveLength: archive.length, runtime: runtime, contents: contents)
        let start = script.start()
        try Sys.truncate(descriptor, to: 0)
        try write(start, descriptor, at: 0)
        var position = Int64(start.count)
        func line(_ bytes: UnsafeRawBufferPointer) throws {
            let text = PowerShellScript.line(bytes)
            try write(text, descriptor, at: position)
            position += Int64(text.count)
        }
        // All lines have the same length, however many bytes a read returns.
        var offset: Int64 = 0
        while offset < archive.length {
            let length = min(PowerShellScript.lineLength, archive.length - offset)
            try archive.part(offset: offset, length: length).readAll().withUnsafeBytes(line)
            offset += length
        }
        try runtime.bytes.withUnsafeBytes { program in
            for start in stride(from: 0, to: program.count, by: Int(PowerShellScript.lineLength)) {
                let end = min(program.count, start + Int(PowerShellScript.lineLength))
                try line(UnsafeRawBufferPointer(rebasing: program[start..<end]))
            }
        }
        try write(PowerShellScript.end, descriptor, at: position)
    }

    private func write(_ bytes: [UInt8], _ descriptor: Int32, at offset: Int64) throws {
        try bytes.withUnsafeBytes { try Sys.writeAll(descriptor, $0, at: offset) }
    }
}
