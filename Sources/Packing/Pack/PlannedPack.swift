import Archive
import CondaModel
import SelfExtract
import Support

/// A pack that is decided and not written yet: its environments, the names and sizes of its files, and its place.
///
/// A plain pack has one environment, whose own files lie at the top. In a bundle each has a folder of its own, and the
/// packages are shared (docs/format.md).
struct PlannedPack: Sendable {
    /// One environment of the pack.
    struct Part: Sendable {
        let set: PackSet
        let plan: PackPlan
        let draft: PackManifestDraft
        /// Where its own files lie; nil: at the top.
        let folder: RelativePath?

        var environment: Bundle.Environment { .init(name: set.environment.name, platform: plan.platform) }
    }

    let output: PackOutput
    let parts: [Part]
    /// Packages and wheels, each once, in the order of the first environment that has it.
    let jobs: [PackFiller.Job]
    /// All files.
    let entries: [PackEntry]

    /// Decides names and sizes.
    ///
    /// - Parameter sets: those of the pack's environments, in its order.
    /// - Throws: `Failure` for names that cannot be files of a pack, or collide.
    static func plan(
        _ sets: [PackSet], to output: PackOutput, isBundle: Bool, _ request: PackRequest
    ) throws -> PlannedPack {
        let parts = try sets.map { set in
            let plan = try PackPlan(
                set, base: request.bases[set.selection.target], followsOriginal: !request.recordsContents)
            let part = Bundle.Environment(name: set.environment.name, platform: plan.platform)
            return Part(
                set: set, plan: plan, draft: try PackManifestDraft(plan, set, request),
                folder: isBundle ? try part.folder : nil)
        }
        if isBundle { try refuseTwins(parts) }
        let jobs = try jobs(parts)
        var entries = try entries(parts, jobs)
        if isBundle {
            let manifest = PackManifest.render(bundle: parts.map(\.environment), producer: request.version)
            entries.append(PackEntry(try RelativePath(PackManifest.fileName), .bytes(manifest)))
        }
        return PlannedPack(output: output, parts: parts, jobs: jobs, entries: entries)
    }

    /// A lock file may have several platforms of one subdir, a bundle has one folder for it.
    private static func refuseTwins(_ parts: [Part]) throws {
        for (index, part) in parts.enumerated() {
            guard let twin = parts[..<index].first(where: { $0.environment == part.environment }) else { continue }
            let platforms = [twin, part].map { $0.set.selection.target.platform }
            throw Failure(
                "a bundle has one environment '\(part.environment.name)' for \(part.environment.platform.rawValue), but "
                    + "'\(platforms[0])' and '\(platforms[1])' are both wanted",
                remedy: "Pack them one by one, without --bundle.")
        }
    }

    private static func jobs(_ parts: [Part]) throws -> [PackFiller.Job] {
        var jobs: [PackFiller.Job] = []
        var places: [RelativePath: Int] = [:]
        for part in parts {
            for (id, item) in part.plan.items.enumerated() {
                guard let place = places[item.path] else {
                    places[item.path] = jobs.count
                    jobs.append(PackFiller.Job(item: item, owners: [(part.draft, id)]))
                    continue
                }
                guard jobs[place].item.source.isSame(as: item.source) else {
                    throw Failure(
                        "two environments have different packages with the name '\(item.path)'",
                        remedy: "Pack them on their own, without --bundle.")
                }
                jobs[place].owners.append((part.draft, id))
            }
        }
        return jobs
    }

    private static func entries(_ parts: [Part], _ jobs: [PackFiller.Job]) throws -> [PackEntry] {
        var entries = jobs.map { PackEntry($0.item.path, .awaited(size: $0.item.size)) }
        entries.append(PackEntry(try RelativePath("channel"), .directory))
        for part in parts {
            let shared = Set(part.plan.items.map(\.path))
            for entry in part.draft.entries where !shared.contains(entry.path) {
                if case .directory = entry.contents { continue }
                entries.append(PackEntry(part.folder?.appending(entry.path) ?? entry.path, entry.contents))
            }
        }
        return entries
    }

    /// The program of a self-extracting pack, which has one environment.
    var program: EmbeddedRuntime? { parts.first?.set.program }

    /// Where the pack will be; nil for standard output.
    var path: ByteString? { output.path(for: parts.first?.plan.platform ?? .current) }

    /// What looks at the files while they come; nil if nobody is to look.
    func check(_ request: PackRequest) -> PlanCheck? {
        if request.planCheck == .none { return nil }
        let note = request.fetch.cacheDirectory.flatMap {
            PlanCheckNote(in: $0, of: self, isThorough: request.isStrict, version: request.version)
        }
        return PlanCheck(
            parts.map { (title: $0.folder == nil ? nil : $0.environment.title, plan: $0.plan) },
            isThorough: request.isStrict, note: note, known: note?.read())
    }

    /// What was made, when it is.
    ///
    /// - Parameter size: of the written tar or folder.
    func result(size: Int64) -> PackResult {
        // The environment has these packages too: a delta leaves them to its base.
        let files = Set(parts.flatMap { $0.plan.items.map(\.path) + ($0.plan.required ?? []).map(\.path) })
        let wheels = files.count { $0.parent?.bytes == "pypi" }
        var result = PackResult(
            path: path, isDirectory: output.isDirectory, size: size, packages: files.count - wheels, wheels: wheels)
        let platforms = Set(parts.map(\.plan.platform))
        result.platform = platforms.count == 1 ? platforms.first : nil
        // A self-extracting pack has the start script and the program besides.
        if case .executable = output, let path, let status = try? Sys.stat(path) {
            result.size = Int64(status.st_size)
        }
        return result
    }
}

extension PackPlan.Source {
    /// Whether both bring the same bytes.
    fileprivate func isSame(as other: PackPlan.Source) -> Bool {
        if let left = sha256, let right = other.sha256 { return left == right }
        guard case .fetched(let left) = self, case .fetched(let right) = other else { return false }
        return left.location == right.location
    }
}
