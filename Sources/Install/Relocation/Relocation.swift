import CondaModel
import LibC
import Support

/// Adapts an existing environment to another path, in place and without its pack: text, binary files that have room,
/// first lines, entry points, the RECORD of wheels and the records of packages.
///
///     let relocation = try Relocation(of: environment, to: FinalPrefix(at: "/new/env"), pool: pool)
///     relocation.impossible  // known before anything changes
///     try relocation.run()
public struct Relocation: Sendable {
    /// The path the environment was made for.
    public let old: ByteString
    /// The path it is made for now.
    public let new: FinalPrefix
    /// Files that cannot be adapted; `run` leaves them as they are, and notes them as unfinished.
    public let impossible: [ImpossibleRelocation]
    /// How many files are written.
    public var count: Int { steps.count { $0.before != $0.after || $0.isDone } }

    private let environment: InstalledEnvironment
    private let state: EnvironmentState
    private let steps: [RelocationStep]
    private let relocator: FileRelocator

    /// Reads every file that may contain the path, and decides. Nothing is changed.
    ///
    /// - Throws: `Failure` if it is not known for which path the environment was made, or an update was broken off.
    public init(of environment: InstalledEnvironment, to new: FinalPrefix, pool: WorkerPool) throws {
        guard let state = environment.state else {
            throw Failure(
                "nothing says for which place the environment '\(environment.path)' was made",
                remedy: "Only environments that pixi-unpack has made can be relocated; make it anew at its place.")
        }
        let journal = try RelocationJournal.read(environment.path, state)
        guard journal != nil || state.journal == nil else {
            throw Failure(
                "an update of the environment '\(environment.path)' was broken off",
                remedy: "Complete it first: unpack the pack again.")
        }
        self.environment = environment
        self.state = state
        old = journal?.from ?? state.prefix
        self.new = journal?.to ?? new
        let platform = Relocation.platform(of: environment)
        relocator = FileRelocator(
            root: environment.path, old: old, new: self.new, platform: platform,
            python: state.interpreter ?? environment.python?.executable)
        let files = try Relocation.files(of: environment, state, old: old)
        let results = Locked<[Int: Result<RelocationStep, FileRelocator.Refusal>]>([:])
        let isNeeded = old != self.new.path
        try pool.forEach(count: isNeeded ? files.count : 0) { [relocator] index, _ in
            try Interruption.check()
            let file = files[index]
            let result = try describing("could not adapt '\(file.path)'") {
                try relocator.step(for: file, written: journal?.written[file.path])
            }
            if let result { results.withLock { $0[index] = result } }
        }
        let found = results.withLock { $0 }
        steps = files.indices.compactMap { try? found[$0]?.get() }
        impossible = files.indices.compactMap { index in
            guard case .failure(let refusal) = found[index] else { return nil }
            return ImpossibleRelocation(path: files[index].path, owner: files[index].owner, reason: refusal.reason)
        }
    }

    /// Whether an earlier run to another path was broken off and is completed by this one.
    public func completesOther(than wanted: FinalPrefix) -> Bool { state.relocation != nil && new != wanted }

    // MARK: Reading the environment

    private static func platform(of environment: InstalledEnvironment) -> Platform {
        environment.packages.lazy.compactMap { Platform(rawValue: $0.head.subdir) }.first { $0 != .noarch } ?? .current
    }

    private static func files(
        of environment: InstalledEnvironment, _ state: EnvironmentState, old: ByteString
    ) throws -> [RelocatedFile] {
        var files: [RelocatedFile] = []
        var known: Set<PrefixPath> = []
        for package in environment.packages {
            let text = try File.open(environment.path.appending(path: package.record.bytes)).slice().readAll()
            for (path, row) in try RecordedPaths(JSONDocument(text).root) {
                guard let path = try path.map({ try PrefixPath($0) }),
                    let content = RelocatedFile.Content(row), known.insert(path).inserted
                else { continue }
                files.append(
                    RelocatedFile(path: path, owner: package.name.text, content: content, record: package.record))
            }
        }
        for wheel in try InstalledWheel.all(in: environment, python: nil) {
            for path in wheel.files where path.parent == environment.python?.scripts && known.insert(path).inserted {
                files.append(
                    RelocatedFile(path: path, owner: wheel.name.text, content: .script(.wheel), record: wheel.record))
            }
        }
        return files
    }

    // MARK: Writing

    /// Writes the files, then the records. A run that is broken off is completed by another one.
    public func run(umask: UInt32 = ProcessUmask.original) throws {
        let writer = try PrefixWriter(environment.path, umask: 0)
        let session = writer.session()
        let history = try EnvironmentHistory.read(environment.path)
        let left = Set(impossible.map(\.path))
        var state = state
        sweep(session)
        if state.relocation == nil {
            // If the journal is lost, an update by this state writes all files again that contain the path.
            state.prefix = ""
            (state.contents, state.signature, state.plan) = (nil, nil, nil)
            state.relocation = try RelocationJournal(from: old, to: new, steps: steps).write(session)
            state.journal = try UpdateJournal.write(left.union(steps.map(\.file.path)), session)
            try note(state, history, session)
        }
        for step in steps where !step.isDone && step.before != step.after {
            try Interruption.check()
            try describing("could not adapt '\(step.file.path)'", remedy: "Run the same again to complete it.") {
                try write(step, session)
            }
        }
        try writeRecords(session)
        let stale = StaleFiles(session: session, keepsDirectory: { _ in false })
        try stale.removeByteCode(of: Set(steps.map(\.file.path))) {
            $0.intersection(environment.packages.flatMap(\.files))
        }
        state.prefix = new.path
        state.isNamed = new.isNamed
        state.relocation = nil
        state.journal = left.isEmpty ? nil : try UpdateJournal.write(left, session)
        try note(state, history, session)
        try RelocationJournal.remove(session)
        if left.isEmpty { try UpdateJournal.remove(session) }
    }

    /// Removes what a killed run was writing.
    private func sweep(_ session: PrefixSession) {
        var folders: Set<PrefixPath?> = [try? PrefixPath(PlanBuilder.metadataFolder)]
        if state.relocation != nil {
            for step in steps { folders.formUnion([step.file.path.parent, step.file.record.parent]) }
        }
        for folder in folders { session.sweep(folder) }
    }

    private func write(_ step: RelocationStep, _ session: PrefixSession) throws {
        guard let status = try session.status(step.file.path) else { return }
        var hasher = SHA256Hasher()
        let file = try session.create(
            step.file.path, mode: UInt32(status.st_mode) & 0o7777, appears: .whenFinished)
        try relocator.make(step.file) {
            hasher.update($0)
            try file.write($0)
        }
        guard hasher.finish() == step.after else { throw Failure("another process has changed it meanwhile") }
        try file.finish(time: Int64(status.st_mtim.tv_sec))
    }

    private func writeRecords(_ session: PrefixSession) throws {
        let records = RelocationRecords(steps)
        for path in Set(steps.map(\.file.record)).sorted() {
            try describing("could not bring '\(path)' up to date", remedy: "Run the same again to complete it.") {
                guard let status = try session.status(path) else { return }
                let text = try session.open(path).slice().readAll()
                let isWheel = path.name == "RECORD"
                let new =
                    try isWheel ? path.parent.map { try records.wheel(text, folder: $0) } : records.record(text)
                guard let new, new != text else { return }
                try new.withUnsafeBytes {
                    try session.write(path, mode: UInt32(status.st_mode) & 0o7777, $0, appears: .whenFinished)
                }
            }
        }
    }

    private func note(_ state: EnvironmentState, _ history: EnvironmentHistory, _ session: PrefixSession) throws {
        let path = try PrefixPath(EnvironmentState.path)
        let mode = try session.status(path).map { UInt32($0.st_mode) & 0o7777 } ?? 0o644
        try state.rendered(history).withUnsafeBytes {
            try session.write(path, mode: mode, $0, appears: .whenFinished)
        }
    }
}

extension RelocatedFile.Content {
    /// By a row of a record; nil if the file does not contain the path.
    fileprivate init?(_ row: JSONValue) {
        if row["path_type"]?.string == "unix_python_entry_point" {
            self = .script(.conda)
            return
        }
        guard row["path_type"]?.string != "directory" else { return nil }
        guard let placeholder = row.present("prefix_placeholder")?.bytes else {
            guard RecordedPaths.isChanged(row) else { return nil }
            self = .changed
            return
        }
        let isBinary = row["file_mode"]?.string == "binary"
        self = .adapted(
            .init(text: placeholder, mode: isBinary ? .binary : .text),
            original: row["sha256"]?.string.flatMap { SHA256Digest(hex: $0) })
    }
}
