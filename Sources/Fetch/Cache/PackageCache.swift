import LibC
import Support

/// A folder of finished downloads: `<subdir>/<archive>` and `pypi/<wheel>` (docs/spec/lock.md#cache).
///
/// Entries appear by rename when they are whole and verified, so that several packs may share one cache.
struct PackageCache: Sendable {
    let directory: ByteString

    /// Makes the folder and its `CACHEDIR.TAG` where they are missing.
    init(at directory: ByteString) throws {
        self.directory = directory
        try describing(
            "could not create the cache directory '\(directory)'", remedy: "Name another folder with --use-cache."
        ) {
            try Sys.makeDirectories(directory)
            try PackageCache.writeTag(in: directory)
        }
        sweep()
    }

    private static let tag = """
        Signature: 8a477f597d28d172789f06886806bc55
        # This file marks a cache directory made by pixi-pack.
        # For information about cache directory tags see https://bford.info/cachedir/

        """

    /// Removes unfinished files of runs that were killed.
    private func sweep() {
        guard let root = try? Sys.openDirectory(directory) else { return }
        for name in (try? Sys.list(root.descriptor, describedAs: directory)) ?? []
        where name.bytes.first != UInt8(ascii: ".") {
            guard let folder = try? Sys.openDirectory(name, at: root.descriptor, followLinks: false) else { continue }
            HiddenTemporary.sweep(folder, where: TemporaryName.matchesAny)
        }
    }

    /// An existing tag is left alone.
    private static func writeTag(in directory: ByteString) throws {
        let path = directory.appending(path: "CACHEDIR.TAG")
        if try !Sys.exists(path) { try WholeFile.write(Array(tag.utf8), to: path, umask: ProcessUmask.original) }
    }

    func path(of key: RelativePath) -> ByteString { directory.appending(path: key.bytes) }

    /// The entry, not yet verified; nil if there is none or if it is not a readable file.
    func open(_ key: RelativePath) -> File? {
        guard let file = try? File.open(path(of: key)), let status = try? Sys.stat(file.descriptor),
            status.st_mode & S_IFMT == S_IFREG
        else { return nil }
        return file
    }

    /// Notes that an entry was used now, for `CacheFolder.prune`: many file systems do not note who reads (`noatime`).
    /// In a cache of another user nothing is noted.
    func noteUse(of entry: File) {
        try? Sys.setTimes(entry.descriptor, access: WallClock.seconds, modification: nil)
    }

    /// A new entry, invisible until `commit`.
    func beginEntry(_ key: RelativePath) throws -> CacheEntryWriter {
        let target = path(of: key)
        try Sys.makeDirectories(target.parentPath)
        return try CacheEntryWriter(target: target)
    }
}
