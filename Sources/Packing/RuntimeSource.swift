import CondaModel
import Fetch
import SelfExtract
import Support

/// Where the program of a self-extracting pack comes from: this very program, the one of the same release for another platform, or
/// one the user names.
public struct RuntimeSource: Sendable, Equatable {
    /// A path or an `http(s)` or `file` URL; nil for this program and those of its release.
    public var name: ByteString?
    /// What a named program must be.
    public var sha256: SHA256Digest?
    /// Whether it is stored compressed, which needs gzip where the pack is run.
    public var isCompressed = false
    /// Where a program for another platform is looked for.
    var search = RuntimeSearch.usual

    /// No pixi-unpack is larger.
    private static let sizeLimit: Int64 = 256 << 20

    public init(name: ByteString? = nil, sha256: SHA256Digest? = nil) {
        self.name = name
        self.sha256 = sha256
    }

    /// The program if it is at hand; nil if it had to be fetched.
    ///
    /// - Throws: `Failure` as `runtime(for:settings:reporter:)`.
    func localRuntime(for platform: Platform, reporter: any Reporter) throws -> EmbeddedRuntime? {
        if let name, name.bytes.contains(sequence: "://") {
            try EmbeddedRuntime.checkSupported(platform)
            return nil
        }
        return try runtime(for: platform, settings: FetchSettings(), reporter: reporter)
    }

    /// Brings the program and checks that it is a pixi-unpack for the platform.
    ///
    /// - Throws: `Failure`; nothing is fetched for a platform that cannot be packed for
    ///   (docs/spec/lock.md#self-extracting).
    func runtime(
        for platform: Platform, settings: FetchSettings, reporter: any Reporter
    ) throws -> EmbeddedRuntime {
        try EmbeddedRuntime.checkSupported(platform)
        let (bytes, title) = try program(for: platform, settings: settings, reporter: reporter)
        if let sha256 {
            let found = SHA256Hasher.hash(bytes)
            if found != sha256 {
                throw Failure(
                    "'\(title)' is not the program that was asked for: expected sha256 \(sha256.hex), found \(found.hex)",
                    remedy: "Get the program again, or correct --pixi-unpack-sha256.", kind: .integrity)
            }
        }
        let runtime = try EmbeddedRuntime(program: bytes, name: title, platform: platform, isOwn: name == nil)
        if let warning = runtime.warning { reporter.warn(warning) }
        return isCompressed ? try runtime.compressed() : runtime
    }

    private func program(
        for platform: Platform, settings: FetchSettings, reporter: any Reporter
    ) throws -> (bytes: [UInt8], title: String) {
        guard let name else {
            guard platform == .current else {
                return try search.program(for: platform, limit: RuntimeSource.sizeLimit)
            }
            let file = try RuntimeSource.ownExecutable()
            return (try file.slice().readAll(limit: RuntimeSource.sizeLimit), file.path.lossyString)
        }
        if !name.bytes.contains(sequence: "://") {
            let bytes = try describing(
                "could not read the pixi-unpack to embed", remedy: "Name a pixi-unpack with --pixi-unpack-source."
            ) {
                try File.open(Trampoline.target(of: name) ?? name).slice().readAll(limit: RuntimeSource.sizeLimit)
            }
            return (bytes, name.lossyString)
        }
        let url = try WebURL(name)
        let sink = MemorySink(limit: RuntimeSource.sizeLimit)
        let file = WantedFile(url.lastSegment.map { "\($0)" } ?? "pixi-unpack", kind: .program, at: .url(url))
        let request = FetchRequest(id: 0, file, sink: sink)
        reporter.info("fetching \(url.redacted)")
        _ = try describing(
            "could not fetch the pixi-unpack to embed",
            remedy: "Download it by hand and name the file with --pixi-unpack-source."
        ) {
            try Fetcher(settings: settings, reporter: reporter).fetch([request])
        }
        return (sink.bytes, url.redacted)
    }

    /// This program's own file.
    static func ownExecutable() throws -> File {
        if let file = runningFile() { return file }
        let called = CommandLine.unsafeArgv[0].map { ByteString(cString: $0) } ?? ""
        guard let program = ExternalProgram.find(called) else {
            throw Failure(
                "could not find this program's own file (called as '\(called)')",
                remedy: "Name a pixi-unpack with --pixi-unpack-source.")
        }
        return try File.open(Trampoline.target(of: program.path) ?? program.path)
    }
}

/// Keeps what is fetched in memory.
private final class MemorySink: FetchSink {
    private let content = Locked<[UInt8]>([])
    private let limit: Int64

    init(limit: Int64) { self.limit = limit }

    var bytes: [UInt8] { content.withLock { $0 } }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
        if offset + Int64(bytes.count) > limit { throw Failure("it is larger than \(limit) bytes") }
        content.withLock { $0.append(contentsOf: bytes) }
    }

    func restart() throws { content.withLock { $0 = [] } }
}

extension [UInt8] {
    /// Whether the ASCII text occurs anywhere.
    fileprivate func contains(sequence text: String) -> Bool {
        let wanted = Array(text.utf8)
        return indices.contains { self[$0...].starts(with: wanted) }
    }
}
