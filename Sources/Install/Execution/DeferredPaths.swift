import Archive
import Support

/// Writes the few paths whose content came in the archive before it was known to be needed: hard links to files that are
/// patched or not installed themselves, and copies through symbolic links. The archive is read again, first to find
/// what it has, then for the content.
struct DeferredPaths {
    struct Job {
        let index: Int
        let planned: PlannedPath
    }

    let archive: CondaArchive
    let content: ContentWriter
    let jobs: [Job]

    /// Real packages need one or two readings.
    private static let mostReadings = 64

    private let scratch: DecoderScratch
    /// All readings and copies together may decode `limit` bytes, counted from `start`.
    private let start: Int64
    private let limit: Int64?
    private var inodes: [RelativePath: Int] = [:]
    private var links = LinkTree()
    /// By the number of the entry that has the content.
    private var attributes: [Int: (mode: UInt32, time: Int64)] = [:]

    /// What is made from an entry. Jobs with equal products get the same bytes.
    private struct Product: Hashable {
        let placeholder: PackagePath.Placeholder?
        let isHashed: Bool
        let mode: UInt32
        /// The job's number if its file cannot be read again to be copied.
        let onlyJob: Int?
    }

    init(archive: CondaArchive, content: ContentWriter, jobs: [Job]) {
        self.archive = archive
        self.content = content
        self.jobs = jobs
        scratch = content.worker.scratch
        (start, limit) = (scratch.decodedBytes, archive.usualLimit(scratch))
    }

    private var remaining: Int64? { limit.map { max(0, $0 - (scratch.decodedBytes - start)) } }

    /// Returns the result of each job by the index of its path.
    ///
    /// - Throws: `Failure`, also when the package would have to be read more than `mostReadings` times.
    mutating func run(patchedTime: Int64?) throws -> [(Int, PathResult)] {
        try survey()
        var results: [(Int, PathResult)] = []
        var waiting: [Int: [Product: [Job]]] = [:]
        for job in jobs {
            if let inode = try source(of: job) {
                waiting[inode, default: [:]][product(of: job, inode), default: []].append(job)
                if waiting[inode]?.count ?? 0 > Self.mostReadings {
                    throw Failure(
                        "'\(job.planned.path.source)' is the same file as \(Self.mostReadings) other files, and each of "
                            + "them has to be adapted in another way")
                }
            } else {
                results.append((job.index, PathResult(state: .skipped)))
            }
        }
        // The content of an entry can be read once per reading of the archive.
        while !waiting.isEmpty {
            var number = 0
            var round = waiting.count
            try archive.readEntries(.all, scratch: scratch, limit: remaining) { _, reader in
                defer { number += 1 }
                guard let (product, jobs) = waiting[number]?.first else { return .next }
                waiting[number]?[product] = nil
                if waiting[number]?.isEmpty == true { waiting[number] = nil }
                results += try write(jobs, number, product, patchedTime: patchedTime, &reader)
                round -= 1
                return round == 0 ? .stop : .next
            }
        }
        return results
    }

    /// Finds for every path the entry that has its content, as extraction would.
    private mutating func survey() throws {
        var number = 0
        var (inodes, links, attributes) = (inodes, links, attributes)
        try archive.readEntries(.all, scratch: scratch, limit: remaining) { entry, _ in
            defer { number += 1 }
            try Interruption.check()
            let path = try links.resolve(entry.path, followingLast: false) ?? entry.path
            switch entry.kind {
            case .directory: break
            case .file:
                links[path] = nil
                inodes[path] = number
                attributes[number] = (entry.mode, entry.modificationTime)
            case .symlink(let target):
                inodes[path] = nil
                links[path] = target
            case .hardlink(let target):
                let target = try links.resolve(target, followingLast: false) ?? target
                links[path] = links[target]
                inodes[path] = inodes[target]
                if let inode = inodes[target], let mode = attributes[inode]?.mode {
                    attributes[inode] = (mode, entry.modificationTime)
                }
            }
            return .next
        }
        (self.inodes, self.links, self.attributes) = (inodes, links, attributes)
    }

    /// The entry that has a job's content; nil if the path is left out.
    private mutating func source(of job: Job) throws -> Int? {
        let path = job.planned.path
        if let found = try links.resolve(path.source, followingLast: true), let inode = inodes[found] {
            return inode
        }
        if path.kind == .softlink && path.placeholder == nil { return nil }
        throw Failure("'\(path.source)' is a symbolic link that leads to no file of the package")
    }

    private func product(of job: Job, _ inode: Int) -> Product {
        let path = job.planned.path
        // On Linux links have all permissions, and the original takes the mode of the path itself.
        let isPatchedLink = path.placeholder != nil && links[path.source] != nil
        let mode = isPatchedLink ? 0o777 : attributes[inode]?.mode ?? 0o644
        return Product(
            placeholder: path.placeholder, isHashed: path.sha256 == nil, mode: mode,
            onlyJob: mode & 0o400 == 0 ? job.index : nil)
    }

    /// Writes the file of one job from the entry, and copies it for the other jobs.
    private func write(
        _ jobs: [Job], _ inode: Int, _ product: Product, patchedTime: Int64?, _ reader: inout EntryReader
    ) throws -> [(Int, PathResult)] {
        guard let leader = jobs.first(where: { !$0.planned.isOverridden }) ?? jobs.first else { return [] }
        let time = product.placeholder == nil ? attributes[inode]?.time ?? TarEntry.earliestTime : patchedTime
        let made = try write(leader.planned, product, time: time, &reader)
        return try jobs.map { job in
            var result = made
            let planned = job.planned
            if planned.isOverridden {
                result.state = .overridden
            } else if job.index != leader.index {
                try scratch.count(Int(clamping: made.size), from: start, limit: limit)
                try content.worker.session.copyFile(
                    leader.planned.target, to: planned.target, mode: product.mode, time: time)
            }
            if product.placeholder == nil {
                // The original records no hash of the copy (docs/spec/install.md#paths).
                if planned.path.kind == .softlink { result.digest = product.isHashed ? .zero : nil }
                if result.state == .verbatim { result.state = .made }
            }
            return (job.index, result)
        }
    }

    private func write(
        _ planned: PlannedPath, _ product: Product, time: Int64?, _ reader: inout EntryReader
    ) throws -> PathResult {
        if let placeholder = product.placeholder {
            return try content.writePatched(planned, placeholder, mode: product.mode, time: time, &reader)
        }
        return try content.writeVerbatim(
            planned, mode: product.mode, time: time ?? TarEntry.earliestTime, &reader)
    }
}
