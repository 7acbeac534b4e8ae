import Archive
import Support

/// The rare paths whose content went by before it was known to be needed: hard links of files that are patched or not
/// installed themselves, and copies through symbolic links. The archive is read again, first for what it holds, then
/// for the content.
struct DeferredPaths {
    struct Job {
        let index: Int
        let planned: PlannedPath
    }

    let archive: CondaArchive
    let content: ContentWriter
    let jobs: [Job]

    private var inodes: [RelativePath: Int] = [:]
    private var links: [RelativePath: ByteString] = [:]
    /// By number of the entry that has the content.
    private var attributes: [Int: (mode: UInt32, time: Int64)] = [:]

    init(archive: CondaArchive, content: ContentWriter, jobs: [Job]) {
        self.archive = archive
        self.content = content
        self.jobs = jobs
    }

    /// Returns the result of each job by the index of its path.
    mutating func run(patchedTime: Int64?) throws -> [(Int, PathResult)] {
        try survey()
        var results: [(Int, PathResult)] = []
        var waiting: [Int: [Job]] = [:]
        for job in jobs {
            if let inode = try source(of: job) {
                waiting[inode, default: []].append(job)
            } else {
                results.append((job.index, PathResult(state: .skipped)))
            }
        }
        // An entry's content can be had once per reading.
        while !waiting.isEmpty {
            var number = 0
            var round = waiting
            try archive.readEntries(.all, scratch: content.worker.scratch) { _, reader in
                defer { number += 1 }
                guard let job = round.removeValue(forKey: number)?.last else { return round.isEmpty ? .stop : .next }
                waiting[number]?.removeLast()
                if waiting[number]?.isEmpty == true { waiting[number] = nil }
                results.append((job.index, try write(job, number, patchedTime: patchedTime, &reader)))
                return round.isEmpty ? .stop : .next
            }
        }
        return results
    }

    /// Which entry every path gets its content from, as extraction would leave it.
    private mutating func survey() throws {
        var number = 0
        var (inodes, links, attributes) = (inodes, links, attributes)
        try archive.readEntries(.all, scratch: content.worker.scratch) { entry, _ in
            defer { number += 1 }
            let path = LinkResolver.resolve(entry.path, links: links, followingLast: false) ?? entry.path
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
                let target = LinkResolver.resolve(target, links: links, followingLast: false) ?? target
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

    /// The entry a job's content is in; nil if the path shall be left out.
    private func source(of job: Job) throws -> Int? {
        let path = job.planned.path
        if let found = LinkResolver.resolve(path.source, links: links, followingLast: true), let inode = inodes[found] {
            return inode
        }
        if path.kind == .softlink && path.placeholder == nil { return nil }
        throw Failure("'\(path.source)' is a symbolic link that leads to no file of the package")
    }

    private func write(
        _ job: Job, _ inode: Int, patchedTime: Int64?, _ reader: inout EntryReader
    ) throws -> PathResult {
        let planned = job.planned
        let (mode, time) = attributes[inode] ?? (0o644, TarEntry.earliestTime)
        if let placeholder = planned.path.placeholder {
            // Linux gives links all permissions, and the original takes the mode of the path itself.
            let isLink = links[planned.path.source] != nil
            return try content.writePatched(
                planned, placeholder, mode: isLink ? 0o777 : mode, time: patchedTime, &reader)
        }
        var result = try content.writeVerbatim(planned, mode: mode, time: time, &reader)
        if planned.path.kind == .softlink {
            // The original records no hash of the copy (spec install §5.3).
            result.digest = planned.path.sha256 == nil ? .zero : nil
        }
        if result.state == .verbatim { result.state = .made }
        return result
    }
}
