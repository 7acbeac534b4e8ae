import Support

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A cache of downloads as its owner sees it: what is in it, and how to make it smaller.
public struct CacheFolder: Sendable {
    public let directory: ByteString

    /// One finished or broken-off download.
    public struct Entry: Sendable {
        /// `linux-64/foo-1.0-0.conda`
        public let path: ByteString
        /// Bytes.
        public let size: Int64
        /// When it was last written or read, in seconds since 1970.
        public let lastUsed: Int64
        /// Left behind by a pack that was ended in the middle.
        public let isPartial: Bool
    }

    public init(_ directory: ByteString) { self.directory = directory }

    /// The cache of `--cache`: `$PIXI_PACK_CACHE`, else `pixi-pack` below `$XDG_CACHE_HOME` or `~/.cache`.
    public static func standard(_ environment: ProcessEnvironment = .current) throws -> CacheFolder {
        if let path = environment["PIXI_PACK_CACHE"] { return CacheFolder(ByteString(path)) }
        let base = environment["XDG_CACHE_HOME"].map { ByteString($0) } ?? environment.home?.appending(path: ".cache")
        guard let base else {
            throw Failure(
                "there is no place for a cache", remedy: "Set PIXI_PACK_CACHE or HOME, or use --use-cache DIR.")
        }
        return CacheFolder(base.appending(path: "pixi-pack"))
    }

    /// The downloads in the cache, by path; empty if there is no cache. Files of others are not counted.
    public func entries() throws -> [Entry] {
        guard try Sys.exists(directory) else { return [] }
        var entries: [Entry] = []
        for folder in try Sys.list(directory) {
            let path = directory.appending(path: folder)
            guard try Sys.stat(path, followLinks: false).st_mode & S_IFMT == S_IFDIR else { continue }
            for name in try Sys.list(path) {
                let isPartial = CacheFolder.isPartial(name)
                guard isPartial || CacheFolder.isDownload(name),
                    // Another pack may have given it its name, or removed it, just now.
                    let status = try? Sys.stat(path.appending(path: name), followLinks: false),
                    status.st_mode & S_IFMT == S_IFREG
                else { continue }
                entries.append(
                    Entry(
                        path: folder.appending(path: name), size: Int64(status.st_size),
                        lastUsed: Int64(max(status.st_mtim.tv_sec, status.st_atim.tv_sec)), isPartial: isPartial))
            }
        }
        return entries.sorted { $0.path < $1.path }
    }

    /// Removes downloads that were not used for `seconds`, and what broken-off packs left a day ago.
    ///
    /// - Returns: what was removed.
    /// - Throws: `Failure` if the folder is no cache of ours.
    public func prune(olderThan seconds: Int64, now: Int64 = MonotonicClock.unixSeconds) throws -> [Entry] {
        guard try Sys.exists(directory) else { return [] }
        guard try Sys.exists(directory.appending(path: "CACHEDIR.TAG")) else {
            throw Failure(
                "'\(directory)' has no CACHEDIR.TAG, so it is no cache",
                remedy: "Name the folder that was used with --use-cache.")
        }
        return try entries().filter { entry in
            let age = now &- entry.lastUsed
            guard age >= (entry.isPartial ? min(seconds, 86400) : seconds) else { return false }
            try Sys.unlink(directory.appending(path: entry.path))
            return true
        }
    }

    private static func isDownload(_ name: ByteString) -> Bool {
        name.hasSuffix(".conda") || name.hasSuffix(".tar.bz2") || name.hasSuffix(".whl")
    }

    private static func isPartial(_ name: ByteString) -> Bool {
        name.bytes.first == UInt8(ascii: ".") && name.lossyString.contains(".partial-")
    }
}
