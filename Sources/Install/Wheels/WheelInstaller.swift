import Archive
import Support

/// Carries out a wheel's plan: files are written directly from the archive, and checked on the way.
struct WheelInstaller {
    private let plan: WheelPlan
    private let session: any EnvironmentSession
    private let scratch: DecoderScratch
    private let isStrict: Bool
    /// The folders of unpacked packages that were moved as a whole already.
    private let placed: StagedFolders
    private var record: WheelRecord
    /// The members that differ from RECORD.
    private var changed: [ByteString] = []

    private init(
        _ plan: WheelPlan, session: any EnvironmentSession, scratch: DecoderScratch, isStrict: Bool,
        _ placed: StagedFolders
    ) {
        self.isStrict = isStrict
        self.placed = placed
        self.plan = plan
        self.session = session
        self.scratch = scratch
        record = plan.record
    }

    /// Writes all files of the wheel.
    ///
    /// A file that differs from RECORD was changed after RECORD was written, often because its maker signed it. It is
    /// installed and recorded as it is, and the reporter is told. The hash of the wheel as a whole is checked
    /// elsewhere.
    ///
    /// - Parameter isStrict: whether such a file is an error.
    /// - Throws: `Failure` naming the wheel and the file that is damaged or cannot be written.
    static func install(
        _ plan: WheelPlan, session: any EnvironmentSession, scratch: DecoderScratch, isStrict: Bool = false,
        placed: StagedFolders = .none, reporter: (any Reporter)? = nil
    ) throws {
        try describing(
            "could not install the wheel '\(plan.fileName)'",
            remedy: WheelPlan.faultRemedy
        ) {
            var installer = WheelInstaller(plan, session: session, scratch: scratch, isStrict: isStrict, placed)
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
            // This is the last file of the plan, so all rows are known.
            case .record: try write(record.rendered(), of: file)
            }
        }
    }

    /// 0666 without the bits of the umask; for an executable also the bits to run it, which the original sets
    /// regardless of the umask (docs/spec/install.md#unzipping).
    private func mode(_ file: WheelPlan.File) -> UInt32 { WheelInstaller.mode(file.isExecutable, session) }

    private static func mode(_ isExecutable: Bool, _ session: any EnvironmentSession) -> UInt32 {
        session.masked(0o666) | (isExecutable ? 0o111 : 0)
    }

    /// The mode of a member that is installed as it is.
    static func mode(_ entry: ZipEntry, _ session: any EnvironmentSession) -> UInt32 {
        mode((entry.unixMode ?? 0) & 0o111 != 0, session)
    }

    private func write(_ bytes: [UInt8], of file: WheelPlan.File) throws {
        if file.isReplaced { return }
        try bytes.withUnsafeBytes { try session.write(PrefixPath(file.target), mode: mode(file), $0) }
    }

    private mutating func write(_ entry: ZipEntry, of file: WheelPlan.File) throws {
        let isChecked = file.expected != nil
        if let staged = plan.staged, let member = staged.member(entry) {
            let (digest, target) = (isChecked ? member.sha256 : nil, PrefixPath(file.target))
            try refuse(digest, entry, file)
            if !file.isReplaced, !placed.contains(target.parent) {
                try session.place(member.path.bytes, from: staged.folder, at: target)
            }
            return note(digest, entry, file)
        }
        var hasher = SHA256Hasher()
        var digest: SHA256Digest?
        try withOutput(of: file, size: entry.size) { output in
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

    /// Calls `body` with a function that takes the file's bytes; the file appears when `body` returns. For a file that
    /// another one replaces, nothing is written.
    private func withOutput(
        of file: WheelPlan.File, size: Int64? = nil, _ body: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) throws {
        if file.isReplaced { return try body { _ in } }
        let output = try session.create(
            PrefixPath(file.target), mode: mode(file), size: size, time: nil, appears: .atOnce)
        try body { try output.write($0) }
        try output.finish()
    }

    /// How the file differs from RECORD; nil if it does not.
    private func difference(_ digest: SHA256Digest?, _ entry: ZipEntry, _ file: WheelPlan.File) -> String? {
        if let digest, let expected = file.expected, expected != digest {
            return "the SHA-256 its RECORD gives: expected \(expected.hex), found \(digest.hex)"
        }
        if let size = file.row.flatMap({ record.rows[$0].size }), size != UInt64(clamping: entry.size) {
            return "the size its RECORD gives: expected \(size) bytes, found \(entry.size)"
        }
        return nil
    }

    /// - Throws: `Failure` with both digests if the content differs from RECORD and that is not allowed.
    private func refuse(_ digest: SHA256Digest?, _ entry: ZipEntry, _ file: WheelPlan.File) throws {
        guard isStrict, let difference = difference(digest, entry, file) else { return }
        throw Failure(
            "'\(entry.name)' does not have \(difference)",
            remedy:
                "It was changed after the wheel was built, perhaps signed; leave out --strict to install it as it is.",
            kind: .integrity)
    }

    /// Corrects the row in the environment's RECORD, so that it describes the file that is there.
    private mutating func note(_ digest: SHA256Digest?, _ entry: ZipEntry, _ file: WheelPlan.File) {
        guard difference(digest, entry, file) != nil, let row = file.row else { return }
        changed.append(entry.name)
        record.rows[row].hash = digest.map { WheelRecord.hashField($0) }
        record.rows[row].size = UInt64(clamping: entry.size)
    }
}
