import Support

/// The hashes of everything an installation reads of an environment to compare it with a plan: the records of conda
/// packages and the RECORD of wheels; and which other distributions there are.
struct RecordHashes {
    /// By path in the environment.
    let files: [ByteString: UInt64]
    /// One hash of all of it.
    let digest: SHA256Digest

    /// Reads them.
    ///
    /// - Parameters:
    ///   - sitePackages: where wheels of the environment are; nil without Python.
    ///   - known: hashes of files that need not be read again.
    ///   - visit: is called with each file that is read, by several threads at once.
    /// - Throws: `Failure` or `SystemError` if something cannot be read; also what `visit` throws.
    static func read(
        _ environment: ByteString, sitePackages: PrefixPath?, wheels: [EnvironmentState.Wheel],
        known: [ByteString: UInt64] = [:], pool: WorkerPool,
        visit: @escaping @Sendable (ByteString, [UInt8]) throws -> Void = { _, _ in }
    ) throws -> RecordHashes {
        let folder = PlanBuilder.metadataFolder
        var paths = try Sys.list(environment.appending(path: folder)).filter { $0.hasSuffix(".json") }.sorted().map {
            folder.appending(path: $0)
        }
        paths += wheels.map { $0.place.bytes.appending(path: "RECORD") }.sorted()
        let hashes = Locked<[UInt64]>(paths.map { known[$0] ?? 0 })
        let unread = paths.indices.filter { known[paths[$0]] == nil }
        try pool.forEach(count: unread.count) { [paths] number, _ in
            try Interruption.check()
            let index = unread[number]
            let text = try File.open(environment.appending(path: paths[index])).slice().readAll()
            try visit(paths[index], text)
            let hash = XXH3.hash(text)
            hashes.withLock { $0[index] = hash }
        }
        let found = hashes.withLock { $0 }
        var text: [UInt8] = []
        for (path, hash) in zip(paths, found) { text += path.bytes + [0] + Array("\(hash)".utf8) + [0] }
        let folders = Set(wheels.compactMap(\.place.parent) + (sitePackages.map { [$0] } ?? []))
        for folder in folders.sorted() {
            for name in try InstalledWheel.list(environment.appending(path: folder.bytes)).filter({
                $0.hasSuffix(".dist-info")
            }).sorted() { text += name.bytes + [0] }
        }
        let files = Dictionary(zip(paths, found), uniquingKeysWith: { first, _ in first })
        return RecordHashes(files: files, digest: SHA256Hasher.hash(text))
    }

    /// The hashes of all files but these.
    func without(_ changed: some Sequence<PrefixPath>) -> [ByteString: UInt64] {
        var files = files
        for path in changed { files[path.bytes] = nil }
        return files
    }
}
