import LibC
import Support

/// Lists and prunes a cache of downloads.
public struct CacheFolder: Sendable {
    public let directory: ByteString
    /// The folder of notes on sets of packages, which are no downloads.
    public static let notes: ByteString = "plans"

    /// One download, finished or interrupted.
    public struct Entry: Sendable {
        /// `linux-64/foo-1.0-0.conda`
        public let path: ByteString
        /// Bytes.
        public let size: Int64
        /// When it was last written or read, in seconds since 1970.
        public let lastUsed: Int64
        /// Left behind by a run that was killed.
        public let isPartial: Bool
    }

    public init(_ directory: ByteString) { self.directory = directory }

    /// The cache of `--cache`: `$PIXI_PACK_CACHE`, else `pixi-pack` below `$XDG_CACHE_HOME` or `~/.cache`.
    public static func standard(_ environment: ProcessEnvironment = .current) throws -> CacheFolder {
        if let path = environment["PIXI_PACK_CACHE"] { return CacheFolder(ByteString(path)) }
        let base = environment.cacheHome
        guard let base else {
            throw Failure(
                "there is no place for a cache", remedy: "Set PIXI_PACK_CACHE or HOME, or use --use-cache DIR.")
        }
        return CacheFolder(base.appending(path: "pixi-pack"))
    }

    /// The downloads in the cache, by path; empty if there is no cache. Files of others are not counted.
    public func entries() throws -> [Entry] {
        var entries: [Entry] = []
        try forEachEntry { entry, _, _ in entries.append(entry) }
        return entries.sorted { $0.path < $1.path }
    }

    /// Calls `body` with each download, the folder it is in, and its name there.
    private func forEachEntry(_ body: (Entry, File, ByteString) throws -> Void) throws {
        guard try Sys.exists(directory) else { return }
        let root = try Sys.openDirectory(directory)
        for name in try Sys.list(root.descriptor, describedAs: directory) {
            // The cache has folders only: other files and links were put there by somebody else.
            guard let folder = try open(name, in: root) else { continue }
            for file in try Sys.list(folder.descriptor, describedAs: directory.appending(path: name)) {
                let isPartial = CacheFolder.isPartial(file)
                guard isPartial || CacheFolder.isDownload(file),
                    // Another pack may have renamed or removed it in the meantime.
                    let status = try? Sys.stat(file, at: folder.descriptor, followLinks: false),
                    status.st_mode & S_IFMT == S_IFREG
                else { continue }
                let entry = Entry(
                    path: name.appending(path: file), size: Int64(status.st_size),
                    lastUsed: Int64(max(status.st_mtim.tv_sec, status.st_atim.tv_sec)), isPartial: isPartial)
                try body(entry, folder, file)
            }
        }
    }

    private func open(_ name: ByteString, in root: File) throws(SystemError) -> File? {
        do throws(SystemError) {
            return try Sys.openDirectory(name, at: root.descriptor, followLinks: false)
        } catch {
            if [ENOTDIR, ELOOP, ENOENT].contains(error.code) { return nil }
            throw error
        }
    }

    /// Removes downloads that were not used for `seconds`, and what broken-off packs left a day ago.
    ///
    /// - Returns: what was removed, by path.
    /// - Throws: `Failure` if the folder does not have our `CACHEDIR.TAG`.
    public func prune(olderThan seconds: Int64, now: Int64 = WallClock.seconds) throws -> [Entry] {
        guard try Sys.exists(directory) else { return [] }
        guard try Sys.exists(directory.appending(path: "CACHEDIR.TAG")) else {
            throw Failure(
                "'\(directory)' has no CACHEDIR.TAG, so it is no cache",
                remedy: "Name the folder that was used with --use-cache.")
        }
        var removed: [Entry] = []
        try forEachEntry { entry, folder, name in
            let age = now &- entry.lastUsed
            guard age >= (entry.isPartial ? min(seconds, 86400) : seconds) else { return }
            do throws(SystemError) {
                try Sys.unlink(name, at: folder.descriptor)
            } catch {
                // Another prune removed it first.
                if error.code == ENOENT { return }
                throw error
            }
            // The notes beside a download without a hash.
            try? Sys.unlink(name + UnhashedDownload.noteEnding, at: folder.descriptor)
            removed.append(entry)
        }
        try pruneNotes(olderThan: seconds, now: now)
        return removed.sorted { $0.path < $1.path }
    }

    private func pruneNotes(olderThan seconds: Int64, now: Int64) throws {
        guard let root = try? Sys.openDirectory(directory), let folder = try open(CacheFolder.notes, in: root)
        else { return }
        for name in try Sys.list(folder.descriptor, describedAs: directory.appending(path: CacheFolder.notes)) {
            guard name.hasSuffix(UnhashedDownload.noteEnding),
                let status = try? Sys.stat(name, at: folder.descriptor, followLinks: false),
                now &- Int64(max(status.st_mtim.tv_sec, status.st_atim.tv_sec)) >= seconds
            else { continue }
            try? Sys.unlink(name, at: folder.descriptor)
        }
    }

    private static func isDownload(_ name: ByteString) -> Bool {
        name.hasSuffix(".conda") || name.hasSuffix(".tar.bz2") || name.hasSuffix(".whl")
    }

    private static func isPartial(_ name: ByteString) -> Bool {
        name.bytes.first == UInt8(ascii: ".") && name.lossyString.contains(text: ".partial-")
    }
}
