import Archive
import Support

/// Reads the archive of a package once and writes every planned path, as if the package had been extracted to a folder
/// and linked from there (docs/spec/install.md#extraction, docs/spec/install.md#linking). What cannot be decided in one
/// pass (the content of an unlisted file, copies through links) is left to `DeferredPaths`.
final class PackageExtraction {
    private let plan: PackagePlan
    private let worker: InstallWorker
    private var content: ContentWriter

    /// For each planned path, in the order of the plan.
    private(set) var results: [PathResult]
    private var places: ArchivePlaces

    /// The symbolic links of the archive so far.
    private var links = LinkTree()
    /// Files of the archive that are not installed. Hard links may name them.
    private var unlisted: Set<RelativePath> = []
    /// How many more bytes the names of unlisted entries may have; real packages list nearly everything.
    private var unlistedLeft = 16 << 20
    /// How often paths may be repeated in the archive: each repetition costs time, and an archive can have very many of
    /// them in few bytes.
    private var repeatsLeft: Int
    private var lastParent: (path: RelativePath, resolved: RelativePath)?

    private var aboutTime: Int64?
    /// Paths that were patched, and the time they were given.
    private var patched: [(index: Int, time: Int64?)] = []
    private var infoFilesMet: Set<ByteString> = []
    private var readsInfo = true

    private static let fewRepeats = 1000
    private static let infoFolder = ByteString("info/")
    private static let about = ByteString("info/about.json")
    private static let decisiveInfo: Set<ByteString> = ["info/index.json", "info/paths.json"]

    init(_ plan: PackagePlan, context: InstallContext, worker: InstallWorker) {
        self.plan = plan
        self.worker = worker
        content = ContentWriter(context: context, worker: worker)
        results = Array(repeating: PathResult(), count: plan.paths.count)
        repeatsLeft = plan.paths.count + Self.fewRepeats
        aboutTime = plan.metadata.aboutTime
        places = ArchivePlaces(plan)
    }

    func run() throws {
        let archive = try plan.source.archive()
        (content.start, content.limit) = (worker.scratch.decodedBytes, archive.usualLimit(worker.scratch))
        if worker.session.isStream { try findTime(archive) }
        do {
            // What was written to a stream cannot be removed again.
            try read(archive, readsAll: plan.metadata.needsInfoPart || worker.session.isStream)
        } catch is NeedsInfoPart {
            forget()
            try read(archive, readsAll: true)
        }
        try finish(archive)
    }

    /// Looks ahead for the time of adapted files, which a stream needs before their content.
    private func findTime(_ archive: CondaArchive) throws {
        guard aboutTime == nil, plan.paths.contains(where: { $0.path.placeholder != nil }) else { return }
        try archive.readEntries(.info, scratch: worker.scratch) { entry, _ in
            try Interruption.check()
            guard entry.kind == .file, entry.path.bytes == Self.about else { return .next }
            aboutTime = entry.modificationTime
            return .stop
        }
    }

    /// Thrown if a hard link names a file that may be in the info part of a `.conda`.
    private struct NeedsInfoPart: Error {}

    private func forget() {
        results = Array(repeating: PathResult(), count: plan.paths.count)
        (links, unlisted, lastParent, patched) = (LinkTree(), [], nil, [])
        repeatsLeft = plan.paths.count + Self.fewRepeats
        (aboutTime, infoFilesMet, readsInfo) = (plan.metadata.aboutTime, [], true)
    }

    private func read(_ archive: CondaArchive, readsAll: Bool) throws {
        readsInfo = readsAll || plan.source.kind != .conda
        if !readsAll && plan.source.kind == .conda { infoFilesMet = Self.decisiveInfo }
        try archive.readEntries(readsAll ? .all : .payload, scratch: worker.scratch) { entry, reader in
            try take(entry, &reader)
            return .next
        }
    }

    private func take(_ entry: TarEntry, _ reader: inout EntryReader) throws {
        try Interruption.check()
        let path = try located(entry.path)
        if path.bytes.hasPrefix(Self.infoFolder), entry.kind == .file { try takeInfo(path, entry) }
        guard let index = places.next(path) else { return try takeUnlisted(path, entry) }
        if results[index].state != .absent { repeatsLeft -= 1 }
        if repeatsLeft < 0 {
            throw Failure(
                "it has the same files again and again", remedy: "Take another version or build of the package.")
        }
        switch entry.kind {
        case .file:
            forgetLink(path)
            if try placePlainly(index, path, entry, &reader) { return }
            try place(index, entry, &reader)
        case .symlink(let target): try place(index, linkTo: target, entry)
        case .hardlink(let target): try place(index, sameAs: target, entry)
        case .directory:
            if plan.paths[index].path.kind != .directory { results[index].state = .mismatch }
        }
    }

    // MARK: Entries that are installed

    /// Writes a file for which the plan has nothing but a hash, as for nearly all; returns whether it is such a file.
    ///
    /// - Parameter path: the path in the package.
    private func placePlainly(
        _ index: Int, _ path: RelativePath, _ entry: TarEntry, _ reader: inout EntryReader
    ) throws -> Bool {
        let paths = plan.paths
        guard paths.isUsual(index), !paths.isOverridden(index), paths.paths.kind(index) == .hardlink,
            paths.paths.digest(index) != nil
        else { return false }
        results[index] = try content.writeVerbatim(
            paths.usualTarget(of: path), mode: entry.mode, time: entry.modificationTime, &reader)
        return true
    }

    private func place(_ index: Int, _ entry: TarEntry, _ reader: inout EntryReader) throws {
        let planned = plan.paths[index]
        if planned.path.kind == .directory { return results[index].state = .made }
        if let placeholder = planned.path.placeholder {
            let time = patchedTime
            results[index] = try content.writePatched(
                planned, placeholder, mode: entry.mode, time: time, &reader)
            if !planned.isOverridden { patched.append((index, time)) }
            return
        }
        if planned.path.kind == .softlink && !planned.path.noLink { return results[index].state = .mismatch }
        results[index] = try content.writeVerbatim(
            planned, mode: entry.mode, time: entry.modificationTime, &reader)
    }

    private func place(_ index: Int, linkTo target: ByteString, _ entry: TarEntry) throws {
        let planned = plan.paths[index]
        remember(link: entry.path, target)
        if planned.path.kind == .directory { return results[index].state = .made }
        if planned.path.placeholder != nil || planned.path.noLink {
            results[index].state = .deferred
            return
        }
        if !planned.isOverridden {
            try worker.session.makeSymbolicLink(planned.target, target: target, time: entry.modificationTime)
        }
        let needsHash = planned.path.kind == .softlink || planned.path.sha256 == nil
        results[index] = PathResult(
            state: planned.isOverridden ? .overridden : .link,
            digest: needsHash ? SHA256Hasher.hash(target.bytes) : nil, size: UInt64(target.count))
    }

    private func place(_ index: Int, sameAs target: RelativePath, _ entry: TarEntry) throws {
        let target = try located(target)
        try requireMet(target, entry)
        if let text = links[target] { return try place(index, linkTo: text, entry) }
        forgetLink(entry.path)
        let planned = plan.paths[index]
        if planned.path.kind == .directory { return results[index].state = .made }
        if planned.path.kind == .softlink && planned.path.placeholder == nil && !planned.path.noLink {
            return results[index].state = .mismatch
        }
        guard planned.path.placeholder == nil, !planned.isOverridden, let other = places[target],
            results[other].state == .verbatim, planned.path.sha256 != nil || results[other].digest != nil
        else {
            results[index].state = .deferred
            return try setTimeOfOriginal(target, entry)
        }
        try worker.session.makeHardLink(planned.target, to: plan.paths[other].target)
        try worker.session.setTime(planned.target, entry.modificationTime)
        results[index] = results[other]
        if planned.path.sha256 != nil { results[index].digest = nil }
    }

    // MARK: Entries that are not installed

    private func takeUnlisted(_ path: RelativePath, _ entry: TarEntry) throws {
        if entry.kind != .directory { unlistedLeft -= path.bytes.count + 100 }
        if case .symlink(let target) = entry.kind { unlistedLeft -= target.count + path.components.count * 64 }
        if unlistedLeft < 0 { throw Failure("it has more unlisted files than any real package") }
        switch entry.kind {
        case .directory: break
        case .file:
            forgetLink(path)
            unlisted.insert(path)
        case .symlink(let target): remember(link: path, target)
        case .hardlink(let target):
            let target = try located(target)
            try requireMet(target, entry)
            if let text = links[target] { return remember(link: path, text) }
            forgetLink(path)
            unlisted.insert(path)
            try setTimeOfOriginal(target, entry)
        }
    }

    /// Both names of a hard link share one inode, so the later entry's time counts.
    private func setTimeOfOriginal(_ target: RelativePath, _ entry: TarEntry) throws {
        guard let other = places[target], results[other].state == .verbatim else { return }
        try worker.session.setTime(plan.paths[other].target, entry.modificationTime)
    }

    private func requireMet(_ target: RelativePath, _ entry: TarEntry) throws {
        if unlisted.contains(target) || links[target] != nil { return }
        if let index = places[target], results[index].state != .absent { return }
        if !readsInfo { throw NeedsInfoPart() }
        throw Failure("hard link '\(entry.path)' names '\(target)', which is not before it in the package")
    }

    private func takeInfo(_ path: RelativePath, _ entry: TarEntry) throws {
        if path.bytes == Self.about { aboutTime = entry.modificationTime }
        if Self.decisiveInfo.contains(path.bytes), !infoFilesMet.insert(path.bytes).inserted {
            throw Failure("it has '\(path)' twice")
        }
    }

    // MARK: Links of the archive

    /// The path of an entry after following the links among its parents.
    private func located(_ path: RelativePath) throws -> RelativePath {
        guard !links.isEmpty, let parent = path.parent else { return path }
        let resolved: RelativePath
        if let lastParent, lastParent.path == parent {
            resolved = lastParent.resolved
        } else {
            guard let found = try links.resolve(parent, followingLast: true) else {
                throw Failure("'\(path)' is below a symbolic link that leads out of the package")
            }
            resolved = found
            lastParent = (parent, found)
        }
        if resolved == parent { return path }
        return resolved.appending(try RelativePath(path.lastComponent))
    }

    private func remember(link path: RelativePath, _ target: ByteString) {
        links[path] = target
        lastParent = nil
    }

    private func forgetLink(_ path: RelativePath) {
        if !links.isEmpty, links.remove(path) { lastParent = nil }
    }

    // MARK: End

    private var patchedTime: Int64? { aboutTime.map { $0 &+ 1 } }

    private func finish(_ archive: CondaArchive) throws {
        var deferred: [DeferredPaths.Job] = []
        let twins = places.twins
        let settledByOther = Set(twins.map(\.again))
        for (index, result) in results.enumerated() {
            if result.state == .absent && !settledByOther.contains(index) { try settleAbsent(index) }
            if result.state == .mismatch { throw mismatch(plan.paths[index].path) }
        }
        for (first, again) in twins {
            let same = plan.paths[first].target == plan.paths[again].target
            results[again] = results[first]
            if !same && results[first].state != .skipped { results[again].state = .deferred }
        }
        let settledTogether = Set(
            twins.filter { plan.paths[$0.first].target == plan.paths[$0.again].target }.map(\.again))
        for (index, result) in results.enumerated() where result.state == .deferred && !settledTogether.contains(index)
        {
            deferred.append(DeferredPaths.Job(index: index, planned: plan.paths[index]))
        }
        if !deferred.isEmpty {
            var paths = DeferredPaths(archive: archive, content: content, jobs: deferred)
            for (index, result) in try paths.run(patchedTime: patchedTime) { results[index] = result }
            for (first, again) in twins where results[again].state == .deferred { results[again] = results[first] }
        }
        for (index, time) in patched where time != patchedTime {
            if let time = patchedTime { try worker.session.setTime(plan.paths[index].target, time) }
        }
    }

    private func mismatch(_ path: PackagePath) -> Failure {
        let (found, listed) = path.kind == .softlink ? ("a file", "a symbolic link") : ("a folder", "a file")
        return Failure("'\(path.source)' is \(found) in the archive, but is listed as \(listed)")
    }

    private func settleAbsent(_ index: Int) throws {
        let path = plan.paths[index].path
        if path.kind == .directory { return results[index].state = .made }
        let found = try links.resolve(path.source, followingLast: false)
        let isElsewhere = found.map { $0 != path.source && (unlisted.contains($0) || places[$0] != nil) } ?? false
        if isElsewhere {
            results[index].state = .deferred
        } else if path.kind == .softlink {
            results[index].state = .skipped
        } else {
            throw Failure("'\(path.source)' is listed but not in the archive")
        }
    }
}
