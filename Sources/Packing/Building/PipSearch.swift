import CondaModel
import Fetch
import Lockfile
import Support

/// Finds a conda package `pip`, and what that needs, for an environment that has none: among the packages of the lock
/// file for other environments and platforms, else in the channel that its Python comes from.
struct PipSearch {
    private let environment: LockedEnvironment
    /// What the environment has, and what was found.
    private var records: [PackageRecord]
    private let lock: LockFile?
    private let channel: ByteString
    private let fetcher: Fetcher
    /// Packages of the lock file's other environments, and of the channel, by name.
    private var offered: [CondaName: [LockedConda]] = [:]
    private var found: [LockedConda] = []

    /// What depends on what is followed no further.
    private static let mostPackages = 20

    /// - Parameters:
    ///   - records: the conda packages of the environment.
    /// - Throws: `Failure` if there is no Python that pip could be for.
    init(for set: PackSet, _ fetcher: Fetcher) throws {
        environment = set.environment
        records = set.records
        self.fetcher = fetcher
        if case .lock(let lock) = set.selection.input.source { self.lock = lock } else { lock = nil }
        let python = set.locked.first { $0.name == .conda(.python) }
        guard let python, let channel = PipSearch.channel(of: python.location) else {
            throw Failure(
                "--add-pip: the environment has no conda package 'python' from a channel",
                remedy: "Add python to the workspace, or leave the option out.")
        }
        self.channel = channel
    }

    /// The channel of a package: all but the last two parts of its location.
    private static func channel(of location: PackageLocation) -> ByteString? {
        let text = location.text
        let slash = UInt8(ascii: "/")
        guard let last = text.bytes.lastIndex(of: slash),
            let subdir = text.bytes[..<last].lastIndex(of: slash), subdir > 0
        else { return nil }
        return ByteString(text.bytes[...subdir])
    }

    /// Where pip is looked for, without secrets.
    var place: String { (try? PackageLocation(parsing: channel))?.redacted ?? "" }

    /// The packages to add, pip first.
    ///
    /// - Throws: `Failure` if no pip fits.
    mutating func find(_ reporter: any Reporter) throws -> [LockedConda] {
        let own = lock.map(PipSearch.packages) ?? []
        offered = Dictionary(grouping: own, by: \.record.name)
        if try add(.pip, []) { return found }
        for index in ["current_repodata.json", "repodata.json"] {
            offered = [:]
            for subdir in ["noarch", environment.platform.subdir.rawValue] { try read(subdir, index, reporter) }
            if try add(.pip, []) { return found }
        }
        throw Failure(
            "--add-pip: neither the lock file nor the channel \(place) has a pip that fits the environment",
            remedy: "Give one with --inject FILE.conda, or add pip to the workspace and lock again.")
    }

    // MARK: Choosing

    /// Adds the newest package that fits, with what it needs.
    ///
    /// - Returns: whether there is one.
    private mutating func add(_ name: CondaName, _ specs: [MatchSpec]) throws -> Bool {
        let candidates = try (offered[name] ?? []).filter { candidate in
            try specs.allSatisfy { try $0.matches(candidate.record) }
        }.sorted { PipSearch.isNewer($0.record, $1.record) }
        for candidate in candidates {
            try Interruption.check()
            let before = (records, found)
            records.append(candidate.record)
            found.append(candidate)
            if found.count <= Self.mostPackages, (try? needs(of: candidate.record)) == true { return true }
            (records, found) = before
        }
        return false
    }

    private mutating func needs(of record: PackageRecord) throws -> Bool {
        for text in record.depends where !text.hasPrefix("__") {
            let spec = try MatchSpec(text)
            if spec.condition != nil { continue }
            let present = records.filter { $0.name == spec.name }
            if try present.contains(where: { try spec.matches($0) }) { continue }
            guard present.isEmpty, try add(spec.name, [spec]) else { return false }
        }
        for text in record.constrains {
            let spec = try MatchSpec(text)
            let present = records.filter { $0.name == spec.name }
            if try !present.allSatisfy({ try spec.matches($0) }) { return false }
        }
        return true
    }

    private static func isNewer(_ left: PackageRecord, _ right: PackageRecord) -> Bool {
        guard let first = try? CondaVersion(left.version), let second = try? CondaVersion(right.version) else {
            return ByteString(left.version) > ByteString(right.version)
        }
        if first != second { return first > second }
        if left.buildNumber != right.buildNumber { return left.buildNumber > right.buildNumber }
        return ByteString(left.build) > ByteString(right.build)
    }

    // MARK: Sources

    /// All conda packages of a lock file that some environment has; what cannot be read is none of our business here.
    private static func packages(of lock: LockFile) -> [LockedConda] {
        var packages: [ByteString: LockedConda] = [:]
        for name in lock.environmentNames {
            guard let environment = try? lock.environment(named: name) else { continue }
            for platform in environment.platforms {
                let all = (try? lock.packages(environment: name, platform: platform.name)) ?? []
                for case .conda(let package) in all { packages[package.location.text] = package }
            }
        }
        return packages.values.sorted { $0.location.text < $1.location.text }
    }

    /// Adds what the index of a folder of the channel offers. A folder without this index offers nothing.
    private mutating func read(_ subdir: String, _ index: String, _ reporter: any Reporter) throws {
        let location = try PackageLocation(parsing: channel + ByteString("\(subdir)/\(index)"))
        let sink = DocumentSink()
        do {
            _ = try fetcher.fetch([
                FetchRequest(id: 0, WantedFile("\(subdir)/\(index)", kind: .index, at: location), sink: sink)
            ])
        } catch let failure as Failure {
            reporter.debug("'\(location.redacted)' is of no use: \(failure)")
            return
        }
        try describing("could not read '\(location.redacted)'", remedy: "Leave --add-pip out, or mend the channel.") {
            let root = try JSONDocument(sink.bytes).root
            for key in ["packages.conda", "packages"] as [StaticString] {
                for member in root.present(key)?.members.map({ Array($0) }) ?? [] {
                    try offer(member, subdir)
                }
            }
        }
    }

    private mutating func offer(_ member: JSONValue.Member, _ subdir: String) throws {
        // Other packages of a large channel need not be understood.
        guard let archive = ArchiveName(member.name.lossyString), Self.names.contains(archive.name) else { return }
        try Interruption.check()
        var record = try PackageRecord(json: member.value)
        try record.requireUsableNames()
        if record.subdir.isEmpty { record.subdir = subdir }
        let location = try PackageLocation(
            parsing: channel + ByteString(subdir + "/") + member.name)
        offered[record.name, default: []].append(
            LockedConda(record: record, location: location, fileName: member.name.lossyString))
    }

    /// pip, and what its packages have ever needed besides Python.
    private static let names: Set<String> = ["pip", "setuptools", "wheel", "packaging", "certifi"]
}

/// Keeps an index.
private final class DocumentSink: FetchSink {
    private let content = Locked([UInt8]())

    var bytes: [UInt8] { content.withLock { $0 } }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
        guard offset < 512 << 20 else { throw Failure("the index of the channel is larger than 512 MiB") }
        content.withLock { $0.append(contentsOf: bytes) }
    }
    func restart() throws { content.withLock { $0 = [] } }
}
