import CondaModel
import Fetch
import Support

/// An archive with the source of a package.
enum SourceArchive {
    private static let suffixes: [ByteString] = [
        ".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".tar.zst", ".tgz", ".tbz", ".tar", ".tar.Z",
    ]

    static func isArchive(_ fileName: ByteString) -> Bool { suffixes.contains { fileName.hasSuffix($0) } }

    /// Fetches and verifies an archive.
    ///
    /// - Returns: its path in `scratch`, with the name it has in the URL.
    static func fetch(
        _ url: WebURL, of package: String, _ digests: FileDigests, into scratch: ScratchDirectory, _ fetcher: Fetcher
    ) throws -> ByteString {
        let segment = ByteString(PercentEncoding.decode((url.lastSegment ?? "source").utf8))
        let name = try RelativePath(segment)
        guard name.components.count == 1 else { throw Failure("unsafe file name '\(segment)' of \(package)") }
        let path = scratch.path.appending(path: name.bytes)
        let pending = try PendingFile(target: path)
        _ = try fetcher.fetch([
            FetchRequest(
                id: 0,
                WantedFile(
                    segment.lossyString, kind: .sources, at: .url(url.withoutDirectPrefix), digests: digests),
                sink: FileSink(file: pending.file))
        ])
        try pending.commit()
        return path
    }

    /// Unpacks an archive with the system's programs.
    ///
    /// - Returns: the only folder at its top if there is one, as archives of releases have it, else `directory`.
    static func unpack(
        _ archive: ByteString, into directory: ByteString, tool: (_ name: String) throws -> BuildTool
    ) throws -> ByteString {
        try Sys.mkdir(directory)
        if archive.hasSuffix(".zip") {
            try tool("unzip").run(["-q", archive, "-d", directory])
        } else {
            try tool("tar").run(["-x", "--no-same-owner", "-f", archive, "-C", directory])
        }
        let names = try Sys.list(directory)
        guard let only = names.first, names.count == 1, try Sys.isDirectory(directory.appending(path: only)) else {
            return directory
        }
        return directory.appending(path: only)
    }
}
