import Archive
import Support

/// Carries out a wheel's plan: members go from the archive straight to their place, checked on the way.
struct WheelInstaller {
    private let plan: WheelPlan
    private let session: PrefixSession
    private let scratch: DecoderScratch
    private let isStrict: Bool
    private var record: WheelRecord
    /// The members that are not as RECORD says.
    private var changed: [ByteString] = []

    private init(_ plan: WheelPlan, session: PrefixSession, scratch: DecoderScratch, isStrict: Bool) {
        self.isStrict = isStrict
        self.plan = plan
        self.session = session
        self.scratch = scratch
        record = plan.record
    }

    /// Writes all files of the wheel.
    ///
    /// Files that are not as RECORD says were changed after it was written, often signed by their maker: they are
    /// installed and recorded as they are, and the reporter is told. What the wheel as a whole must be, the pack knows.
    ///
    /// - Parameter isStrict: whether such files are an error.
    /// - Throws: `Failure` naming the wheel and the file that is damaged or cannot be written.
    static func install(
        _ plan: WheelPlan, session: PrefixSession, scratch: DecoderScratch, isStrict: Bool = false,
        reporter: (any Reporter)? = nil
    ) throws {
        try describing(
            "could not install the wheel '\(plan.fileName)'",
            remedy: WheelPlan.faultRemedy
        ) {
            var installer = WheelInstaller(plan, session: session, scratch: scratch, isStrict: isStrict)
            try installer.run()
            if let first = installer.changed.first {
                let more = installer.changed.count > 1 ? " and \(installer.changed.count - 1) more files" : ""
                reporter?.warn(
                    "'\(first)'\(more) of the wheel '\(plan.fileName)' are not what its RECORD says; "
                        + "they are installed and recorded as they are")
            }
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
    /// (docs/spec/install.md#unzipping).
    private func mode(_ file: WheelPlan.File) -> UInt32 {
        session.writer.masked(0o666) | (file.isExecutable ? 0o111 : 0)
    }

    private func write(_ bytes: [UInt8], of file: WheelPlan.File) throws {
        if file.isReplaced { return }
        try bytes.withUnsafeBytes { try session.write(PrefixPath(file.target), mode: mode(file), $0) }
    }

    private mutating func write(_ entry: ZipEntry, of file: WheelPlan.File) throws {
        var hasher = SHA256Hasher()
        let isChecked = !file.expected.isEmpty
        var digest: SHA256Digest?
        try withOutput(of: file) { output in
            try entry.forEachBlock(scratch: scratch) { block in
                if isChecked { hasher.update(block) }
                try output(block)
            }
            if isChecked { digest = hasher.finish() }
            try refuse(digest, entry, file)
        }
        note(digest, entry, file)
    }

    private mutating func writeScript(_ entry: ZipEntry, of file: WheelPlan.File) throws {
        var hasher = SHA256Hasher()
        var script = WheelScript(executable: plan.target.executable)
        var written = SHA256Hasher()
        var size: UInt64 = 0
        var digest: SHA256Digest?
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
            digest = hasher.finish()
            try refuse(digest, entry, file)
        }
        note(digest, entry, file)
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

    /// What RECORD says that is not so.
    private func difference(_ digest: SHA256Digest?, _ entry: ZipEntry, _ file: WheelPlan.File) -> String? {
        if let digest, let expected = file.expected.first(where: { $0 != digest }) {
            return "the SHA-256 its RECORD gives: expected \(expected.hex), found \(digest.hex)"
        }
        if let size = file.row.flatMap({ record.rows[$0].size }), size != UInt64(clamping: entry.size) {
            return "the size its RECORD gives: expected \(size) bytes, found \(entry.size)"
        }
        return nil
    }

    /// - Throws: `Failure` with both digests if the content is not what RECORD says and that is not allowed.
    private func refuse(_ digest: SHA256Digest?, _ entry: ZipEntry, _ file: WheelPlan.File) throws {
        guard isStrict, let difference = difference(digest, entry, file) else { return }
        throw Failure(
            "'\(entry.name)' does not have \(difference)",
            remedy:
                "It was changed after the wheel was built, perhaps signed; leave out --strict to install it as it is.")
    }

    /// Lets the RECORD of the environment say what is there.
    private mutating func note(_ digest: SHA256Digest?, _ entry: ZipEntry, _ file: WheelPlan.File) {
        guard difference(digest, entry, file) != nil, let row = file.row else { return }
        changed.append(entry.name)
        record.rows[row].hash = digest.map { WheelRecord.hashField($0) }
        record.rows[row].size = UInt64(clamping: entry.size)
    }
}
