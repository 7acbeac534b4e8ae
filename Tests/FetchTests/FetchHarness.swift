import CondaModel
import Fetch
import Support
import TestKit

/// Remembers every message.
final class RecordingReporter: Reporter {
    private let lines = Locked([(MessageLevel, String)]())
    func say(_ level: MessageLevel, _ message: Message) { lines.withLock { $0.append((level, message.text)) } }
    func progress(_ event: ProgressEvent) { told.withLock { $0.append(event) } }
    private let told = Locked([ProgressEvent]())
    var events: [ProgressEvent] { told.withLock { $0 } }
    var warnings: [String] { lines.withLock { $0.filter { $0.0 == .warning }.map(\.1) } }
    var all: String { lines.withLock { $0.map(\.1).joined(separator: "\n") } }
}

/// Short words for fetches in tests.
struct Harness {
    let reporter = RecordingReporter()
    var settings = FetchSettings()

    init(environment: [String: String] = [:]) {
        settings.userAgent = "pixi-pack/test"
        settings.backoffSeconds = 0.01
        settings.stallSeconds = 2
        settings.environment = ProcessEnvironment(environment)
    }

    /// Fetches one file into memory.
    func fetch(
        _ url: String, sha256: String? = nil, md5: String? = nil, size: Int64? = nil, key: String? = nil,
        kind: FetchKind = .conda, sink: MemorySink = MemorySink()
    ) throws -> (result: FetchResult?, sink: MemorySink) {
        let request = try Harness.request(
            0, url, sha256: sha256, md5: md5, size: size, key: key, kind: kind, sink: sink)
        return (try fetch([request]).first, sink)
    }

    func fetch(_ requests: [FetchRequest]) throws -> [FetchResult] {
        try Fetcher(settings: settings, reporter: reporter).fetch(requests)
    }

    static func request(
        _ id: Int, _ url: String, sha256: String? = nil, md5: String? = nil, size: Int64? = nil, key: String? = nil,
        kind: FetchKind = .conda, sink: any FetchSink
    ) throws -> FetchRequest {
        let name = url.split(separator: "/").last.map { String($0.prefix { $0 != "?" }) } ?? url
        let digests = FileDigests(
            sha256: sha256.flatMap { SHA256Digest(hex: $0) }, md5: md5.flatMap { MD5Digest(hex: $0) })
        let file = WantedFile(
            name, kind: kind, at: url.contains("://") ? .url(try WebURL(url)) : .path(ByteString(url)),
            digests: digests, size: size)
        return FetchRequest(id: id, file, cacheKey: try key.map { try RelativePath(ByteString($0)) }, sink: sink)
    }
}
