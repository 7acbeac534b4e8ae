import Support

/// Refuses what cannot fit before anything of it is written.
enum SpaceCheck {
    /// Packs, as far as the lock file tells the sizes of packages; those that go to one folder share its space.
    ///
    /// - Throws: `Failure` as `require(_:at:for:)`.
    static func require(for packs: [PlannedPack]) throws {
        var needed: [ByteString: Int64] = [:]
        for pack in packs {
            guard let path = pack.path, !pack.output.isSpecialFile else { continue }
            let place = pack.output.isDirectory ? path : path.parentPath
            let bytes = pack.jobs.reduce(needed[path.parentPath] ?? 0) { sum, job in
                let (total, overflow) = sum.addingReportingOverflow(job.item.size ?? 0)
                return overflow ? .max : total
            }
            needed[path.parentPath] = bytes
            try require(bytes, at: place, for: "the pack '\(path.lastPathComponent)'")
        }
    }

    /// - Parameters:
    ///   - bytes: what will be written, at least.
    ///   - path: where; what is there of the path to it counts.
    ///   - subject: for example `the pack`.
    /// - Throws: `Failure` saying how much is needed and how much is free.
    static func require(_ bytes: Int64, at path: ByteString, for subject: String) throws {
        let place = existing(path)
        // A file system that does not tell its free space fails when it is full.
        guard let free = try? Sys.freeSpace(place), free < bytes else { return }
        throw Failure(
            "\(subject) needs \(humanSize(bytes)), \(humanSize(free)) free on '\(place)'",
            remedy: "Make room there, or choose another place with -o.", kind: .space)
    }

    private static func existing(_ path: ByteString) -> ByteString {
        var path = path
        while path != "/" && path != "." && (try? Sys.exists(path)) != true { path = path.parentPath }
        return path
    }
}
