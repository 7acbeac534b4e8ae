import Archive
import CondaModel
import Fetch
import Support

/// The files of a pack that lies elsewhere. They come when they are needed, each once, into one file without a name.
final class RemoteContent: PackContentSource {
    /// A file, and its place in the file without a name.
    struct Item: Sendable {
        let name: RelativePath
        let location: PackageLocation
        /// Where it begins in what lies at the location; nil: it is all of that.
        let start: Int64?
        let slice: FileSlice
        /// Nil if nothing tells it beforehand.
        var sha256: SHA256Digest?
    }

    let isRemote = true
    private let fetcher: Fetcher
    private let reporter: any Reporter
    private let items: Locked<[Item]>
    private let arrived = Locked<Set<Int>>([])
    /// One fetch at a time; a thread that needs what is being fetched waits for it.
    private let mutex = Mutex()

    init(_ items: [Item], fetcher: Fetcher, reporter: any Reporter) {
        self.items = Locked(items)
        self.fetcher = fetcher
        self.reporter = reporter
    }

    /// Adds a file.
    ///
    /// - Returns: its number.
    func add(_ item: Item) -> Int {
        items.withLock { items in
            items.append(item)
            return items.count - 1
        }
    }

    /// Says what hashes files have, before they come.
    func note(_ digests: [RelativePath: SHA256Digest]) {
        items.withLock { items in
            for index in items.indices where items[index].sha256 == nil {
                items[index].sha256 = digests[items[index].name]
            }
        }
    }

    func bring(_ numbers: [Int]) throws {
        try mutex.withLock {
            let all = items.withLock { $0 }
            let there = arrived.withLock { $0 }
            let missing = numbers.filter { all.indices.contains($0) && !there.contains($0) }
            if missing.isEmpty { return }
            var requests: [FetchRequest] = []
            var empty: [Int] = []
            for (id, number) in missing.enumerated() {
                let item = all[number]
                if item.slice.length == 0 {
                    empty.append(number)
                    continue
                }
                let isPackage = PackArtifact.isPackage(item.name)
                let file = WantedFile(
                    item.name.lastComponent.lossyString,
                    kind: item.name.parent?.bytes == "pypi" ? .wheel : .conda, at: item.location,
                    digests: FileDigests(sha256: item.sha256), size: item.slice.length)
                var request = FetchRequest(
                    id: id, file, cacheKey: isPackage ? try PackFiller.cacheKey(item.name) : nil,
                    sink: SliceSink(slice: item.slice))
                request.start = item.start
                requests.append(request)
            }
            let size = requests.reduce(Int64(0)) { $0 &+ ($1.file.size ?? 0) }
            reporter.progress(
                .phaseBegan(name: "Fetching packages", items: requests.count, bytes: size, unsized: 0))
            defer { reporter.progress(.phaseEnded) }
            if !requests.isEmpty {
                let results = try describing("could not get the pack") { try fetcher.fetch(requests) }
                for result in results where result.size != all[missing[result.id]].slice.length {
                    throw Failure(
                        "'\(all[missing[result.id]].name)' has \(result.size) bytes instead of "
                            + "\(all[missing[result.id]].slice.length)",
                        remedy: "Look whether the pack is being replaced; try again.", kind: .integrity)
                }
            }
            arrived.withLock { $0.formUnion(missing) }
        }
    }

    func open(_ number: Int) throws -> FileSlice {
        if !arrived.withLock({ $0.contains(number) }) { try bring([number]) }
        return items.withLock { $0[number].slice }
    }
}

/// Writes to a part of a file.
private struct SliceSink: FetchSink {
    let slice: FileSlice

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
        guard offset + Int64(bytes.count) <= slice.length else { throw Failure("more came than there is place for") }
        try Sys.writeAll(slice.file.descriptor, bytes, at: slice.offset + offset)
    }
    func restart() throws {}
    var destination: (descriptor: Int32, offset: Int64)? { (slice.file.descriptor, slice.offset) }
}
