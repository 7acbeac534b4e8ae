import Fetch
import Support

/// The findings of a plan check that found nothing wrong, kept beside the downloads of a cache: the same packages need not
/// be looked at again. It is a file `plans/<key>.json`, where the key is a hash of everything the findings depend on.
///
/// A note counts only if this user or root wrote it (docs/network.md#caches).
struct PlanCheckNote: Sendable {
    /// Changes when the same packages may get other findings; the version of the program counts besides.
    private static let format = "plan 1"
    /// Bytes a note may have.
    private static let limit: Int64 = 4 << 20

    private let directory: ByteString
    private let name: ByteString

    /// - Parameters:
    ///   - cache: the folder of the downloads.
    ///   - isThorough: whether all files of wheels are compared.
    ///   - version: of this program.
    /// - Returns: nil if a package of the pack is known by no hash, so that it may be another one next time.
    init?(in cache: ByteString, of pack: PlannedPack, isThorough: Bool, version: String) {
        var key: [UInt8] = []
        func add(_ bytes: some Collection<UInt8>) {
            // Each with its length, so that other parts are other bytes.
            key += "\(bytes.count):".utf8
            key += bytes
        }
        for text in [PlanCheckNote.format, version, isThorough ? "all" : "some"] { add(text.utf8) }
        for part in pack.parts {
            add(part.plan.platform.rawValue.utf8)
            for item in part.plan.items {
                guard let sha256 = item.source.sha256 else { return nil }
                add(item.path.bytes.bytes)
                add(sha256.hex.utf8)
            }
            // What the lock file says of the packages stands in these.
            let indexes = part.draft.entries.filter { $0.path.lastComponent == "repodata.json" }
            for entry in indexes.sorted(by: { $0.path < $1.path }) {
                guard case .bytes(let bytes) = entry.contents else { continue }
                add(entry.path.bytes.bytes)
                add(bytes)
            }
        }
        directory = cache.appending(path: CacheFolder.notes)
        name = ByteString(SHA256Hasher.hash(key).hex + ".json")
    }

    /// The findings; nil if there is no note that can be trusted.
    func read() -> PlanFindings? {
        guard let file = try? File.open(directory.appending(path: name)), let status = try? file.status(),
            Ownership.isTrusted(status), let text = try? file.slice().readAll(limit: PlanCheckNote.limit),
            let root = try? JSONDocument(text).root,
            let scripts = root["post-link"]?.elements, let wheels = root["unlike-record"]?.elements
        else { return nil }
        var findings = PlanFindings(withPostLink: scripts.compactMap(\.string))
        for wheel in wheels {
            guard let path = wheel["wheel"]?.bytes.flatMap({ try? RelativePath($0) }),
                let files = wheel["files"]?.elements
            else { return nil }
            findings.unlikeRecord[path] = files.compactMap(\.bytes)
        }
        // As `CacheFolder.prune` looks at it.
        try? Sys.setTimes(file.descriptor, access: WallClock.seconds, modification: nil)
        return findings
    }

    /// Keeps findings. What cannot be kept is found out again next time.
    func write(_ findings: PlanFindings) {
        // A name that is no text would come back as another one.
        let names = findings.unlikeRecord.flatMap { [$0.key.bytes] + $0.value }
        guard names.allSatisfy({ $0.string != nil }) else { return }
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("post-link", findings.withPostLink)
            writer.objects("unlike-record", findings.unlikeRecord.sorted { $0.key < $1.key }) { writer, wheel in
                writer.member("wheel", wheel.key.bytes.string)
                writer.member("files", wheel.value.compactMap(\.string))
            }
        }
        guard writer.bytes.count <= PlanCheckNote.limit else { return }
        _ = try? Sys.makeDirectories(directory)
        try? WholeFile.write(writer.bytes, to: directory.appending(path: name), umask: ProcessUmask.original)
    }
}
