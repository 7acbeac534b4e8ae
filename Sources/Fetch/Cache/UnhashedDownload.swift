import CondaModel
import LibC
import Support

/// A download of which the lock file has no hash, as the cache keeps it: by its URL, as other projects may have other
/// files of the same name, and with the validators of the server's answer (RFC 9110, 13.1).
struct UnhashedDownload: Sendable {
    let path: ByteString
    let note: Note

    /// What is written beside the file.
    struct Note: Sendable, Equatable {
        var etag: String?
        var lastModified: String?
        /// Hash of the file, to notice damage.
        var sha256: SHA256Digest
        var size: Int64
        /// Hash of the URL, as somebody who may write in the cache could rename the file.
        var url: SHA256Digest
    }

    /// The ending of the name of the notes.
    static let noteEnding: ByteString = ".json"
    /// The folder of these downloads in a cache.
    static let folder: ByteString = "by-url"

    /// The place of a download in a cache; nil if its name would be too long for a file.
    static func key(_ url: WebURL, fileName: String) -> RelativePath? {
        // The secrets in a URL count as well: with other secrets a server may show other files.
        let name = digest(url).hex.prefix(32) + "-\(fileName)"
        guard name.utf8.count <= 200, !fileName.utf8.contains(UInt8(ascii: "/")) else { return nil }
        return try? RelativePath(folder.appending(path: ByteString(String(name))))
    }

    /// The kept download and its notes; nil if there is none that can be used. Only the notes prove what the file is, so
    /// they count only if this user or root wrote them.
    init?(in directory: ByteString, _ url: WebURL, fileName: String) {
        guard let key = UnhashedDownload.key(url, fileName: fileName) else { return nil }
        path = directory.appending(path: key.bytes)
        guard (try? Sys.exists(path)) == true,
            let file = try? File.open(path + UnhashedDownload.noteEnding), let status = try? file.status(),
            Ownership.isTrusted(status), let text = try? file.slice().readAll(limit: 64 << 10),
            let root = try? JSONDocument(text).root,
            let sha256 = root["sha256"]?.string.flatMap({ SHA256Digest(hex: $0) }), let size = root["size"]?.int64,
            root["url"]?.string == UnhashedDownload.digest(url).hex
        else { return nil }
        note = Note(
            etag: root["etag"]?.string, lastModified: root["last-modified"]?.string, sha256: sha256, size: size,
            url: UnhashedDownload.digest(url))
    }

    static func digest(_ url: WebURL) -> SHA256Digest { SHA256Hasher.hash(Array(url.text.utf8)) }

    /// The headers of a conditional request; none if the server gave no validator.
    var conditions: [String] {
        func isPlain(_ text: String) -> Bool { text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }
        if let etag = note.etag, isPlain(etag) { return ["If-None-Match: \(etag)"] }
        if let date = note.lastModified, isPlain(date) { return ["If-Modified-Since: \(date)"] }
        return []
    }

    /// The request for the file that was kept.
    func request(_ request: FetchRequest) -> FetchRequest {
        var request = request
        request.file.digests.sha256 = note.sha256
        request.file.size = note.size
        return request
    }

    static func write(_ note: Note, besides path: ByteString) throws {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("etag", note.etag)
            writer.member("last-modified", note.lastModified)
            writer.member("sha256", note.sha256.hex)
            writer.member("size", Optional(note.size))
            writer.member("url", note.url.hex)
        }
        try WholeFile.write(writer.bytes, to: path + noteEnding, umask: ProcessUmask.original)
    }
}
