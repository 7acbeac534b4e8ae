import Archive
import CondaModel
import Fetch
import Support

/// Finds the wheel a Python package was installed from in package indexes (PEP 503, PEP 691).
///
/// A wheel counts only if the files in it have the hashes that the installed package's RECORD names.
struct WheelIndex {
    let indexes: [WebURL]
    let fetcher: Fetcher

    /// The indexes Python's tools and pixi would ask, as environment and configuration name them.
    static func configured(_ settings: FetchSettings) throws -> [WebURL] {
        let environment = settings.environment
        func words(_ names: [String]) -> [String] {
            names.lazy.compactMap { environment[$0] }.first?.split(separator: " ").map(String.init) ?? []
        }
        let first = words(["UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"])
        let more = words(["UV_EXTRA_INDEX_URL", "PIP_EXTRA_INDEX_URL"])
        if first.isEmpty, more.isEmpty { return settings.configuration.pypiIndexes?.value ?? [] }
        return try (first + more).map { text in
            try describing("the environment names an index of Python packages") { try WebURL(text) }
        }
    }

    /// The wheel of an installed package; nil if no index has it.
    ///
    /// - Throws: `Failure` if an index answers nonsense.
    func find(_ package: UnrecordedWheel, reporter: any Reporter) throws -> InjectedWheel? {
        for index in indexes {
            let page = try WebURL(index.text + (index.text.hasSuffix("/") ? "" : "/") + "\(package.name)/")
            let text: [UInt8]
            do {
                text = try read(page, of: package)
            } catch {
                reporter.debug("'\(page.redacted)' is of no use: \(error)")
                continue
            }
            for link in try IndexPage(text, at: page).wheels where WheelIndex.fits(link.name, package) {
                if let wheel = try fetch(link, of: package, reporter) { return wheel }
            }
        }
        return nil
    }

    private func read(_ page: WebURL, of package: UnrecordedWheel) throws -> [UInt8] {
        let sink = PageSink()
        _ = try fetcher.fetch([
            FetchRequest(id: 0, WantedFile("index of \(package.name)", kind: .index, at: .url(page)), sink: sink)
        ])
        return sink.bytes
    }

    private static func fits(_ name: WheelName, _ package: UnrecordedWheel) -> Bool {
        guard name.name == package.name, name.version == package.version else { return false }
        if package.tags.isEmpty { return true }
        let tags = name.pythonTags.flatMap { python in
            name.abiTags.flatMap { abi in name.platformTags.map { "\(python)-\(abi)-\($0)" } }
        }
        return Set(tags) == package.tags
    }

    private func fetch(
        _ link: IndexPage.Link, of package: UnrecordedWheel, _ reporter: any Reporter
    ) throws -> InjectedWheel? {
        let scratch = try ScratchDirectory()
        defer { withExtendedLifetime(scratch) {} }
        let path = try SourceArchive.fetch(
            link.url, of: package.name.text, FileDigests(sha256: link.sha256), into: scratch, fetcher)
        let wheel = try InjectedWheel.read(path, scratch: DecoderScratch())
        guard let difference = try package.difference(from: wheel.file) else { return wheel }
        reporter.debug("'\(link.url.redacted)' is not what is installed: \(difference) differs")
        return nil
    }
}

/// Keeps a page of an index.
private final class PageSink: FetchSink {
    private let content = Locked([UInt8]())

    var bytes: [UInt8] { content.withLock { $0 } }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
        guard offset < 256 << 20 else { throw Failure("a page of an index is larger than 256 MiB") }
        content.withLock { $0.append(contentsOf: bytes) }
    }
    func restart() throws { content.withLock { $0 = [] } }
}
