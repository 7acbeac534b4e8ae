import Archive
import Support

/// Carries out a wheel's plan: members go from the archive straight to their place, checked on the way.
public struct WheelInstaller {
    private let plan: WheelPlan
    private let session: PrefixSession
    private let scratch: DecoderScratch
    private var record: WheelRecord

    private init(_ plan: WheelPlan, session: PrefixSession, scratch: DecoderScratch) {
        self.plan = plan
        self.session = session
        self.scratch = scratch
        record = plan.record
    }

    /// Writes all files of the wheel.
    ///
    /// - Throws: `Failure` naming the wheel and the file that is damaged or cannot be written.
    public static func install(_ plan: WheelPlan, session: PrefixSession, scratch: DecoderScratch) throws {
        try describing(
            "could not install the wheel '\(plan.fileName)'",
            remedy: "See whether the pack is whole: pixi-unpack verify PACK."
        ) {
            var installer = WheelInstaller(plan, session: session, scratch: scratch)
            try installer.run()
        }
    }

    private mutating func run() throws {
        for directory in plan.directories { try session.makeDirectory(PrefixPath(directory)) }
        for file in plan.files {
            switch file.content {
            case .member(let entry): try write(entry, of: file)
            case .script(let entry): try writeScript(entry, of: file)
            case .bytes(let bytes): try write(bytes, of: file)
            // The last file of the plan: all rows are known by now.
            case .record: try write(record.rendered(), of: file)
            }
        }
    }

    /// What the umask leaves of 0666, executable for all if so; the original sets the latter bits past the umask
    /// (spec install §6.3).
    private func mode(_ file: WheelPlan.File) -> UInt32 {
        session.writer.masked(0o666) | (file.isExecutable ? 0o111 : 0)
    }

    private func write(_ bytes: [UInt8], of file: WheelPlan.File) throws {
        if file.isReplaced { return }
        try bytes.withUnsafeBytes { try session.write(PrefixPath(file.target), mode: mode(file), $0) }
    }

    private func write(_ entry: ZipEntry, of file: WheelPlan.File) throws {
        var hasher = SHA256Hasher()
        let isChecked = !file.expected.isEmpty
        try withOutput(of: file) { output in
            try entry.forEachBlock(scratch: scratch) { block in
                if isChecked { hasher.update(block) }
                try output(block)
            }
            try check(hasher, entry, file)
        }
    }

    private mutating func writeScript(_ entry: ZipEntry, of file: WheelPlan.File) throws {
        var hasher = SHA256Hasher()
        var script = WheelScript(executable: plan.target.executable)
        var written = SHA256Hasher()
        var size: UInt64 = 0
        try withOutput(of: file) { output in
            func pass(_ part: UnsafeRawBufferPointer) throws {
                written.update(part)
                size += UInt64(part.count)
                try output(part)
            }
            try entry.forEachBlock(scratch: scratch) { block in
                hasher.update(block)
                try script.take(block, pass)
            }
            try script.end(pass)
            try check(hasher, entry, file)
        }
        if script.isChanged, let row = file.row {
            record.rows[row].hash = WheelRecord.hashField(written.finish())
            record.rows[row].size = size
        }
    }

    /// Runs `body` with what takes the file's bytes; the file appears when `body` returns. Nothing is written for a file
    /// that another one replaces.
    private func withOutput(
        of file: WheelPlan.File, _ body: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) throws {
        if file.isReplaced { return try body { _ in } }
        let output = try session.create(PrefixPath(file.target), mode: mode(file))
        try body { try output.write($0) }
        try output.finish()
    }

    /// - Throws: `Failure` with both digests if the content is not what RECORD says.
    private func check(_ hasher: consuming SHA256Hasher, _ entry: ZipEntry, _ file: WheelPlan.File) throws {
        guard !file.expected.isEmpty else { return }
        var hasher = hasher
        let digest = hasher.finish()
        for expected in file.expected where expected != digest {
            throw Failure(
                "'\(entry.name)' does not have the SHA-256 its RECORD gives: expected \(expected.hex), "
                    + "found \(digest.hex)",
                remedy: "The wheel was changed after it was built; get it again and make the pack anew.")
        }
    }
}
