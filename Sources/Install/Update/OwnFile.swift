import Support

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Files of our own bookkeeping in an environment, which are believed only if we wrote them.
enum OwnFile {
    /// The bytes of a file; nil if there is none, or it is not regular, or belongs neither to the effective user nor to
    /// root, or has more bytes than `limit`.
    static func read(_ path: ByteString, limit: Int) -> [UInt8]? {
        // What is no file, as a FIFO, must not be waited for.
        guard let descriptor = try? Sys.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK) else { return nil }
        let file = File(descriptor: descriptor, path: path)
        guard let status = try? file.status(), status.st_mode & S_IFMT == S_IFREG,
            status.st_uid == geteuid() || status.st_uid == 0, status.st_size <= limit
        else { return nil }
        return try? file.slice().readAll()
    }

    /// Whether a package of the environment brought the file, by its records: earlier programs did not refuse that.
    ///
    /// - Parameter path: relative to the environment; a name that records would write without escapes.
    static func isShipped(_ path: ByteString, in environment: ByteString) -> Bool {
        let folder = environment.appending(path: PlanBuilder.metadataFolder)
        let records = ((try? Sys.list(folder)) ?? []).filter { $0.hasSuffix(".json") }
        if records.contains(where: { mentions(path, folder.appending(path: $0)) }) { return true }
        let libraries = environment.appending(path: "lib")
        for name in (try? Sys.list(libraries)) ?? [] where name.hasPrefix("python") {
            let site = libraries.appending(path: name).appending(path: "site-packages")
            for entry in (try? Sys.list(site)) ?? [] where entry.hasSuffix(".dist-info") {
                if mentions(path, site.appending(path: entry).appending(path: "RECORD")) { return true }
            }
        }
        return false
    }

    private static func mentions(_ path: ByteString, _ file: ByteString) -> Bool {
        guard let text = try? File.open(file).slice().readAll() else { return false }
        return ByteSearch.contains(text, path.bytes)
    }
}
