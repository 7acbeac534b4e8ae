import CondaModel
import Fetch
import LibC
import Support
import TestKit
import Testing

@Suite("The download cache and local files")
final class CacheTests: ServedSuite {
    override init() throws {
        try super.init()
        harness.settings.cacheDirectory = directory("cache")
    }

    @Test("the second run needs no network and does not touch the cache [network 117]")
    func secondRun() throws {
        let file = try server.file("/a.conda", size: 3_000_000)
        let url = server.url("/a.conda")
        let first = try harness.fetch(url, sha256: file.sha256, key: "linux-64/a.conda")
        let entry = directory("cache/linux-64/a.conda")
        #expect(first.result?.origin == .network)
        try Sys.setTimes(of: entry, access: nil, modification: 1_000_000_000)
        try server.clearLog()
        let second = try harness.fetch(url, sha256: file.sha256, key: "linux-64/a.conda")
        #expect(second.result?.origin == .cache && second.result?.size == 3_000_000)
        #expect(second.sink.bytes == first.sink.bytes && second.sink.isWhole)
        #expect(try server.log().requests.isEmpty)
        #expect(try Sys.stat(entry).st_mtim.tv_sec == 1_000_000_000)
    }

    @Test("the use of an entry is noted also where the file system does not note who reads")
    func use() throws {
        let file = try server.file("/a.conda", size: 3000)
        let url = server.url("/a.conda")
        _ = try harness.fetch(url, sha256: file.sha256, key: "linux-64/a.conda")
        let entry = directory("cache/linux-64/a.conda")
        let now = WallClock.seconds
        // Two hours: less than what makes `relatime` note it.
        try Sys.setTimes(of: entry, access: now - 7200, modification: now - 9000)
        let cache = CacheFolder(directory("cache"))
        #expect(try cache.entries().map(\.lastUsed) == [now - 7200])
        #expect(try harness.fetch(url, sha256: file.sha256, key: "linux-64/a.conda").result?.origin == .cache)
        #expect(try cache.prune(olderThan: 3600).isEmpty)
        #expect(try cache.prune(olderThan: 3600, now: now + 3700).map(\.path) == ["linux-64/a.conda"])
    }

    @Test("pruning does not follow links") func pruningLinks() throws {
        _ = try Fetcher(settings: harness.settings)
        try directory.write("outside/a.conda", "precious")
        try Sys.symlink(directory("outside"), at: directory("cache/linux-64"))
        #expect(try CacheFolder(directory("cache")).prune(olderThan: 0).isEmpty)
        #expect(try Sys.exists(directory("outside/a.conda")))
    }

    @Test("CACHEDIR.TAG is written once and never changed [network 118]")
    func tag() throws {
        _ = try Fetcher(settings: harness.settings)
        let tag = String(decoding: try directory.read("cache/CACHEDIR.TAG"), as: UTF8.self)
        let lines = tag.split(separator: "\n")
        #expect(lines.first == "Signature: 8a477f597d28d172789f06886806bc55")
        #expect(lines.count > 1 && lines.dropFirst().allSatisfy { $0.hasPrefix("#") })
        try directory.write("cache/CACHEDIR.TAG", "mine")
        _ = try Fetcher(settings: harness.settings)
        #expect(try directory.read("cache/CACHEDIR.TAG") == Array("mine".utf8))
    }

    @Test("a damaged or short entry is fetched again, replaced and named [network 119]", arguments: [true, false])
    func damaged(isShort: Bool) throws {
        let file = try server.file("/a.conda", size: 3000)
        let wrong = [UInt8](repeating: 7, count: isShort ? 2999 : 3000)
        try directory.write("cache/noarch/a.conda", wrong)
        let (result, sink) = try harness.fetch(
            server.url("/a.conda"), sha256: file.sha256, size: file.size, key: "noarch/a.conda")
        #expect(result?.origin == .network && sink.sha256 == file.sha256 && sink.isWhole)
        #expect(try SHA256Hasher.hash(directory.read("cache/noarch/a.conda")).hex == file.sha256)
        #expect(harness.reporter.warnings.contains { $0.contains("noarch/a.conda") && $0.contains("damaged") })
        #expect(harness.reporter.warnings.first?.contains("too short") == isShort)
    }

    @Test("another project's file of the same name is no damage", arguments: [1000, 5000])
    func anothers(size: Int) throws {
        let file = try server.file("/a.conda", size: 3000)
        var other = Array("PK\u{3}\u{4}".utf8) + [UInt8](repeating: 7, count: size)
        other += Array("PK\u{5}\u{6}".utf8) + [UInt8](repeating: 0, count: 18)
        for expected in [nil, file.size] {
            try directory.write("cache/noarch/a.conda", other)
            let (result, sink) = try harness.fetch(
                server.url("/a.conda"), sha256: file.sha256, size: expected, key: "noarch/a.conda")
            #expect(result?.origin == .network && sink.sha256 == file.sha256 && sink.isWhole)
            #expect(try SHA256Hasher.hash(directory.read("cache/noarch/a.conda")).hex == file.sha256)
        }
        #expect(harness.reporter.warnings.isEmpty)
        #expect(harness.reporter.all.contains("The cache has another file of this name"))
    }

    @Test("local wheels are not cached, local conda packages are [network 120]")
    func local() throws {
        let wheel = try directory.write("w/a-1.0-py3-none-any.whl", "wheel")
        let conda = try directory.write("w/a-1-0.conda", "conda")
        let sinks = [MemorySink(), MemorySink(), MemorySink()]
        harness.settings.baseDirectory = directory("w")
        let results = try harness.fetch([
            try Harness.request(
                0, wheel.lossyString, key: "pypi/a-1.0-py3-none-any.whl", kind: .wheel, sink: sinks[0]),
            try Harness.request(
                1, "file://\(conda.lossyString)", sha256: SHA256Hasher.hash(Array("conda".utf8)).hex,
                key: "noarch/a-1-0.conda",
                sink: sinks[1]),
            try Harness.request(2, "./a-1-0.conda", sink: sinks[2]),
        ])
        #expect(results.map(\.origin) == [.localFile, .localFile, .localFile])
        #expect(sinks.map { String(decoding: $0.bytes, as: UTF8.self) } == ["wheel", "conda", "conda"])
        #expect(try !Sys.exists(directory("cache/pypi")))
        #expect(try directory.read("cache/noarch/a-1-0.conda") == Array("conda".utf8))
    }

    @Test("files without a hash are kept by URL, and their server is asked whether they are still the same")
    func unhashed() throws {
        let (one, other) = (
            try server.file("/one/a.whl", size: 3000, seed: 1), try server.file("/two/a.whl", size: 3000, seed: 2)
        )
        func fetch(_ path: String) throws -> (result: FetchResult?, sink: MemorySink) {
            try harness.fetch(server.url(path), key: "pypi/a.whl")
        }
        #expect(try fetch("/one/a.whl").sink.sha256 == one.sha256)
        #expect(try fetch("/two/a.whl").sink.sha256 == other.sha256)
        #expect(try !Sys.exists(directory("cache/pypi/a.whl")))
        let again = try fetch("/one/a.whl")
        #expect(again.result?.origin == .cache && again.sink.sha256 == one.sha256 && again.sink.isWhole)
        let changed = try server.file("/one/a.whl", size: 4000, seed: 3)
        let fresh = try fetch("/one/a.whl")
        #expect(fresh.result?.origin == .network && fresh.sink.sha256 == changed.sha256)
        // What was kept is damaged.
        let folder = directory("cache/by-url")
        for name in try Sys.list(folder) where name.hasSuffix("a.whl") {
            try directory.write("cache/by-url/\(name)", "bad")
        }
        let healed = try fetch("/one/a.whl")
        #expect(healed.result?.origin == .network && healed.sink.sha256 == changed.sha256)
        #expect(harness.reporter.warnings.contains { $0.contains("a.whl") && $0.contains("damaged") })
        // Nobody can be asked.
        var offline = harness
        offline.settings.isOffline = true
        let kept = try offline.fetch(server.url("/one/a.whl"), key: "pypi/a.whl")
        #expect(kept.result?.origin == .cache && kept.sink.sha256 == changed.sha256)
        let entries = try CacheFolder(directory("cache")).entries()
        #expect(entries.count == 2)
        #expect(try CacheFolder(directory("cache")).prune(olderThan: 0).count == 2)
        #expect(try Sys.list(folder).isEmpty)
    }

    @Test(
        "what another user put into a cache is used only where its SHA-256 is known",
        .enabled(if: OtherUser.canOwn, "needs root, to act as a second user"))
    func others() throws {
        let file = try server.file("/a.conda", size: 3000)
        let url = server.url("/a.conda")
        // Without a hash: nobody but the note tells what it is.
        #expect(try harness.fetch(url, key: "noarch/a.conda").result?.origin == .network)
        #expect(try harness.fetch(url, key: "noarch/a.conda").result?.origin == .cache)
        let folder = directory("cache/by-url")
        let names = try Sys.list(folder).sorted()
        for name in names {
            try OtherUser.give(folder.appending(path: name))
            let again = try harness.fetch(url, key: "noarch/a.conda")
            #expect(again.result?.origin == .network && again.sink.sha256 == file.sha256, "\(name)")
        }
        #expect(names.count == 2)
        // Another's file by the name of ours.
        _ = try server.file("/b.conda", size: 3000, seed: 9)
        _ = try harness.fetch(server.url("/b.conda"), key: "noarch/b.conda")
        for name in try Sys.list(folder) where name.lossyString.contains("-b.conda") {
            let ours = names.first { $0.hasSuffix(".json") == name.hasSuffix(".json") } ?? ""
            try Sys.rename(folder.appending(path: name), to: folder.appending(path: ours))
        }
        let swapped = try harness.fetch(url, key: "noarch/a.conda")
        #expect(swapped.result?.origin == .network && swapped.sink.sha256 == file.sha256)
        // With one.
        _ = try harness.fetch(url, sha256: file.sha256, key: "noarch/a.conda")
        try OtherUser.give(directory("cache/noarch/a.conda"))
        #expect(try harness.fetch(url, sha256: file.sha256, key: "noarch/a.conda").result?.origin == .cache)
        #expect(try harness.fetch(url, md5: file.md5, key: "noarch/a.conda").result?.origin == .network)
    }

    @Test("local files are verified")
    func localMismatch() throws {
        let path = try directory.write("a.conda", "conda").lossyString
        let message = errorText { _ = try harness.fetch(path, sha256: String(repeating: "0", count: 64)) }
        #expect(message.contains("Download a.conda failed, checksum mismatch") && message.contains(path))
        let missing = errorText { _ = try harness.fetch(directory("no.conda").lossyString) }
        #expect(missing.contains("could not download package") && missing.contains("no.conda"))
    }

    @Test("a sink that names its place in a file gets the bytes there")
    func destination() throws {
        let content = (0..<2_500_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let path = try directory.write("a.conda", content).lossyString
        let target = try directory.write("target", [UInt8](repeating: 1, count: 100))
        let file = File(descriptor: try Sys.open(target, O_RDWR), path: target)
        let sink = FileSink(file: file, offset: 100)
        let digest = SHA256Hasher.hash(content).hex
        let request = try Harness.request(0, path, sha256: digest, size: Int64(content.count), sink: sink)
        #expect(try harness.fetch([request]).first?.size == Int64(content.count))
        #expect(try directory.read("target") == [UInt8](repeating: 1, count: 100) + content)
    }

    @Test("a file that cannot be read again to be verified is named")
    func unreadable() throws {
        let served = try server.file("/a.conda", size: 3_000_000)
        let target = try directory.write("target", [])
        let file = File(descriptor: try Sys.open(target, O_WRONLY), path: target)
        let message = errorText {
            _ = try harness.fetch([
                try Harness.request(
                    0, server.url("/a.conda"), sha256: served.sha256, size: 3_000_000,
                    sink: FileSink(file: file, offset: 0))
            ])
        }
        #expect(message.contains("could not write 'a.conda': could not read again what was written"), "\(message)")
        #expect(message.contains("os error 9"), "\(message)")
    }

    @Test("a cache that cannot be written does not stop the download")
    func unwritable() throws {
        let file = try server.file("/a.conda", size: 3000)
        try directory.write("cache/noarch", "a file where a folder should be")
        let (_, sink) = try harness.fetch(server.url("/a.conda"), sha256: file.sha256, key: "noarch/a.conda")
        #expect(sink.sha256 == file.sha256 && sink.isWhole)
        #expect(harness.reporter.warnings.contains { $0.contains("could not write 'noarch/a.conda' to the cache") })
    }
}

/// Writes to a place in a file.
private struct FileSink: FetchSink {
    let file: File
    let offset: Int64
    func write(_ bytes: UnsafeRawBufferPointer, at position: Int64) throws {
        try Sys.writeAll(file.descriptor, bytes, at: offset + position)
    }
    func restart() throws {}
    var destination: (descriptor: Int32, offset: Int64)? { (file.descriptor, offset) }
}

@Suite("Caches as people use them")
struct CacheFolderTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test("the usual cache follows the environment")
    func standard() throws {
        func path(_ variables: [String: String]) throws -> ByteString {
            try CacheFolder.standard(ProcessEnvironment(variables)).directory
        }
        #expect(try path(["PIXI_PACK_CACHE": "/a", "XDG_CACHE_HOME": "/b", "HOME": "/c"]) == "/a")
        #expect(try path(["XDG_CACHE_HOME": "/b", "HOME": "/c"]) == "/b/pixi-pack")
        #expect(try path(["HOME": "/c"]) == "/c/.cache/pixi-pack")
        #expect(try path(["XDG_CACHE_HOME": "b", "HOME": "/c"]) == "/c/.cache/pixi-pack")
        #expect(errorText { _ = try path([:]) }.contains("Set PIXI_PACK_CACHE or HOME"))
    }

    @Test("prune removes what was not used for long, and nothing else")
    func prune() throws {
        try directory.write("CACHEDIR.TAG", "x")
        let now = SystemTime.now
        for (name, age) in [
            ("linux-64/old-1-0.conda", 40), ("linux-64/new-1-0.conda", 2), ("pypi/w-1-py3-none-any.whl", 31),
            ("noarch/.x.conda.partial-1-a", 2), ("noarch/notes.txt", 99), ("plans/old.json", 31), ("plans/new.json", 2),
        ] {
            let path = try directory.write(name, "12345")
            let time = now - Int64(age) * 86_400
            try Sys.setTimes(of: path, access: time, modification: time)
        }
        let folder = CacheFolder(directory.path)
        #expect(try folder.entries().count == 4)
        let removed = try folder.prune(olderThan: 30 * 86_400).map(\.path)
        #expect(removed == ["linux-64/old-1-0.conda", "noarch/.x.conda.partial-1-a", "pypi/w-1-py3-none-any.whl"])
        #expect(try folder.entries().map(\.path) == ["linux-64/new-1-0.conda"])
        #expect(try Sys.exists(directory("noarch/notes.txt")))
        #expect(try Sys.list(directory("plans")) == ["new.json"])
        try Sys.unlink(directory("CACHEDIR.TAG"))
        #expect(errorText { _ = try folder.prune(olderThan: 0) }.contains("has no CACHEDIR.TAG"))
    }

    @Test("--offline names everything that is missing, at once")
    func offline() throws {
        var harness = Harness()
        harness.settings.isOffline = true
        harness.settings.cacheDirectory = directory("cache")
        let digest = SHA256Hasher.hash("here".utf8).hex
        try directory.write("cache/noarch/here-1-0.conda", "here")
        let requests = try ["gone-1-0.conda", "here-1-0.conda", "lost-1-0.conda"].enumerated().map {
            try Harness.request(
                $0.offset, "http://127.0.0.1:1/\($0.element)", sha256: digest, key: "noarch/\($0.element)",
                sink: MemorySink())
        }
        let message = errorText { _ = try harness.fetch(requests) }
        #expect(message.contains("gone-1-0.conda: it is not in the cache") && message.contains("lost-1-0.conda"))
        #expect(!message.contains("here-1-0.conda:"))
        #expect(try harness.fetch([requests[1]]).first?.origin == .cache)
    }

    @Test("archives of pixi's cache are used if their hash fits")
    func rattler() throws {
        let server = try FaultServer()
        let file = try server.file("/a-1-0.conda", size: 5000)
        var harness = Harness(environment: ["RATTLER_CACHE_DIR": directory("rattler").lossyString])
        harness.settings.usesRattlerCache = true
        _ = try harness.fetch(server.url("/a-1-0.conda"), sha256: file.sha256)
        let content = try harness.fetch(server.url("/a-1-0.conda")).sink.bytes
        try directory.write("rattler/pkgs/a-1-0.conda", content)
        #expect(try harness.fetch(server.url("/a-1-0.conda"), sha256: file.sha256).result?.origin == .cache)
        #expect(try harness.fetch(server.url("/a-1-0.conda")).result?.origin == .network)
        try directory.write("rattler/pkgs/a-1-0.conda", [UInt8](repeating: 0, count: 5000))
        let (result, sink) = try harness.fetch(server.url("/a-1-0.conda"), sha256: file.sha256)
        #expect(result?.origin == .network && sink.sha256 == file.sha256 && sink.isWhole)
    }

    @Test("packs at the same time on one cache do not disturb each other")
    func concurrentPacks() throws {
        let server = try FaultServer()
        var requests: [FetchRequest] = []
        for id in 0..<20 {
            let file = try server.file("/p\(id).conda", size: 20_000, seed: id)
            requests.append(
                try Harness.request(
                    id, server.url("/p\(id).conda"), sha256: file.sha256, key: "noarch/p\(id).conda",
                    sink: MemorySink()))
        }
        var harness = Harness()
        harness.settings.cacheDirectory = directory("cache")
        let (shared, settled) = (harness, requests)
        try WorkerPool(width: 3).forEach(count: 6) { _, _ in
            var own = settled
            for index in own.indices { own[index].sink = MemorySink() }
            _ = try shared.fetch(own)
        }
        let entries = try CacheFolder(directory("cache")).entries()
        #expect(entries.count == 20 && entries.allSatisfy { !$0.isPartial && $0.size == 20_000 })
        #expect(harness.reporter.warnings.isEmpty)
    }
}
