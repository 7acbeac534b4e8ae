import Archive
import CondaModel
import Fetch
import Lockfile
import Support

/// The packages of an `@EXPLICIT` list. Such a list tells of a package no more than where it is, so they are fetched
/// first, into a folder for the time of the packing or into the cache, and their records made from what is in them.
struct ExplicitInput {
    let packages: [LockedPackage]
    let platform: LockPlatform
    let sha256: SHA256Digest
    /// What was fetched, by its location.
    let opened: [ByteString: OriginPacks.Member]

    /// - Parameter asked: the platform somebody wants; nil: that of the list.
    /// - Throws: `Failure` naming the list, or what could not be fetched or read.
    static func read(
        _ path: ByteString, asked: String?, _ request: PackRequest, reporter: any Reporter
    ) throws -> ExplicitInput {
        let list = try ExplicitList.read(at: path)
        let platform = try list.platform(asked: asked.map { try Platform(parsing: $0) })
        let bare = list.packages.filter { !$0.digests.isKnown }.count
        if bare > 0 {
            reporter.warn(
                "the list has no hash for \(bare) of \(list.packages.count) packages; they are packed as they come")
        }
        let reader = ExplicitInput.Reader(list: list, platform: platform, request: request, reporter: reporter)
        let (conda, opened) = try request.isDryRun ? (list.packages.map(reader.expected), [:]) : reader.fetched()
        return ExplicitInput(
            packages: conda.map(LockedPackage.conda)
                + list.python.sorted { $0.location.text < $1.location.text }.map(LockedPackage.pypi),
            platform: LockPlatform(name: platform.rawValue, subdir: platform, virtualPackages: []),
            sha256: list.sha256, opened: opened)
    }

    private struct Reader {
        let list: ExplicitList
        let platform: Platform
        let request: PackRequest
        let reporter: any Reporter

        /// What the name of a package says of it.
        func expected(_ package: ExplicitList.Package) throws -> LockedConda {
            let name = ArchiveName(package.fileName)
            var record = PackageRecord(
                name: try CondaName(name?.name ?? ""), version: name?.version ?? "", build: name?.build ?? "",
                subdir: (package.subdir ?? platform).rawValue)
            (record.md5, record.sha256) = (package.md5, package.sha256)
            return LockedConda(record: record, location: package.location, fileName: package.fileName)
        }

        func fetched() throws -> ([LockedConda], [ByteString: OriginPacks.Member]) {
            // Packages can be large.
            let scratch = try ScratchDirectory(in: ProcessEnvironment.current.largeTemporaryFolder)
            defer { withExtendedLifetime(scratch) {} }
            // Two channels may have files of one name.
            let paths = try list.packages.enumerated().map { index, package in
                let folder = scratch.path.appending(path: ByteString("\(index)"))
                try Sys.mkdir(folder)
                return folder.appending(path: try RelativePath(ByteString(package.fileName)).bytes)
            }
            try fetch(to: paths)
            var packages: [LockedConda] = []
            var opened: [ByteString: OriginPacks.Member] = [:]
            let decoders = DecoderScratch()
            for (package, path) in zip(list.packages, paths) {
                try Interruption.check()
                let found = try describing("could not use '\(package.location.redacted)' of the list") {
                    try InjectedPackage.read(path, scratch: decoders)
                }
                var record = found.record
                if record.subdir == "unknown", let subdir = package.subdir { record.subdir = subdir.rawValue }
                packages.append(
                    LockedConda(record: record, location: package.location, fileName: package.fileName))
                opened[package.location.text] = try OriginPacks.Member(
                    content: found.file, sha256: record.sha256 ?? found.file.sha256())
            }
            return (packages, opened)
        }

        private func fetch(to paths: [ByteString]) throws {
            var settings = request.fetch
            settings.baseDirectory = "."
            let fetcher = try Fetcher(settings: settings, reporter: reporter)
            var requests: [FetchRequest] = []
            var files: [PendingFile] = []
            for (index, (package, path)) in zip(list.packages, paths).enumerated() {
                let file = try PendingFile(target: path)
                files.append(file)
                var location = package.location
                if case .url(let url) = location { location = .url(url.withoutDirectPrefix) }
                let folder = (package.subdir ?? platform).rawValue
                requests.append(
                    FetchRequest(
                        id: index, WantedFile(package.fileName, at: location, digests: package.digests),
                        cacheKey: try RelativePath(ByteString(folder)).appending(
                            RelativePath(ByteString(package.fileName))),
                        sink: FileSink(file: file.file)))
            }
            if requests.isEmpty { return }
            reporter.progress(
                .phaseBegan(name: "Fetching packages", items: requests.count, bytes: 0, unsized: requests.count))
            _ = try fetcher.fetch(requests)
            reporter.progress(.phaseEnded)
            for file in files { try file.commit() }
        }
    }
}
