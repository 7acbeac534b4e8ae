import Archive
import Fetch
import Support

/// Brings the bytes of packages and wheels to their places in a pack.
struct PackFiller {
    let fetcher: Fetcher
    let reporter: any Reporter
    /// Looks at every file; nil: nobody does.
    var check: PlanCheck?

    /// A file to bring, and who wants to know about it.
    struct Job: Sendable {
        let item: PackPlan.Item
        /// The drafts that list the file, with its number there.
        var owners: [(draft: PackManifestDraft, id: Int)]

        func note(size: Int64) {
            for owner in owners { owner.draft.note(owner.id, size: size) }
        }
    }

    /// Fetches, verifies and writes all files.
    func fill(_ writer: any PackWriter, _ jobs: [Job]) throws {
        var requests: [FetchRequest] = []
        for (id, job) in jobs.enumerated() {
            let slot = try writer.slot(for: job.item.path)
            switch job.item.source {
            case .opened(let slice, _):
                try slot.fill(from: slice)
                check?.take(job.item.path, slice)
                job.note(size: slice.length)
            case .fetched(let file):
                var request = FetchRequest(
                    id: id, file, cacheKey: try PackFiller.cacheKey(job.item.path), sink: sink(job, slot))
                request.position = slot.position
                requests.append(request)
            }
        }
        // A writer that goes through the tar in order asks for the files in this order.
        if writer.window != nil { requests.sort { ($0.position ?? 0) < ($1.position ?? 0) } }
        if requests.isEmpty { return }
        let sizes = requests.compactMap(\.file.size)
        reporter.progress(
            .phaseBegan(
                name: "Fetching packages", items: requests.count, bytes: sizes.reduce(0, &+),
                unsized: requests.count - sizes.count))
        for result in try fetcher.fetch(requests, within: writer.window) { jobs[result.id].note(size: result.size) }
        reporter.progress(.phaseEnded)
    }

    /// A file whose hash nobody knows is hashed on the way, and must at least be what its name says.
    private func sink(_ job: Job, _ slot: any PackSlot) -> any FetchSink {
        var sink = SlotSink(slot: slot)
        if let check { sink.completion = { check.take(job.item.path, $0) } }
        if case .fetched(let file) = job.item.source, !file.digests.isKnown {
            let archive = UnhashedArchive(file.name, isLocal: file.location.isLocal)
            sink.examination = { try archive.examine($0) }
        }
        guard job.owners.contains(where: { $0.draft.needsHash(of: $0.id) }) else { return sink }
        return HashingSink(sink: sink) { digest in
            for owner in job.owners { owner.draft.note(owner.id, sha256: digest) }
        }
    }

    /// `<subdir>/<file>` or `pypi/<file>`: the path in the pack without its `channel/` (docs/spec/lock.md#cache).
    static func cacheKey(_ path: RelativePath) throws -> RelativePath {
        let components = path.components
        guard components.count == 3 else { return path }
        return try RelativePath(components[1]).appending(RelativePath(components[2]))
    }
}
