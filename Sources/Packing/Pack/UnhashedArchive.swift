import Archive
import CondaModel
import Support

extension PackageLocation {
    /// Whether it is a path, or a `file:` URL.
    var isLocal: Bool {
        switch self {
        case .path: true
        case .url(let url): url.withoutDirectPrefix.filePath != nil
        }
    }
}

/// Looks into a package or wheel of which the lock file has no hash: the only thing that tells it from whatever else a
/// server may answer is what it says of itself.
struct UnhashedArchive {
    /// What its name promises.
    let fileName: String

    /// What it is for a person: `file`, or `answer` of a server.
    let subject: String

    init(_ fileName: String, isLocal: Bool) {
        self.fileName = fileName
        subject = isLocal ? "file" : "answer"
    }

    /// - Throws: `Failure` if it is not what its file name says.
    func examine(_ content: FileSlice) throws {
        let isWheel = ByteString(fileName).hasSuffix(".whl")
        let what = isWheel ? "a wheel" : "a conda package"
        if try UnhashedArchive.isMarkup(content) {
            throw Failure(
                "the \(subject) is an HTML page of \(content.length) bytes, not \(what): a login page or a proxy?",
                remedy: "Look at it in a browser; give credentials with --auth-file, or set https_proxy.")
        }
        try describing(
            "the \(subject) of \(content.length) bytes is not the file '\(fileName)'",
            remedy: "Look what the lock file names there; lock again if it has changed."
        ) {
            let scratch = DecoderScratch()
            if isWheel { try examineWheel(content, scratch) } else { try examinePackage(content, scratch) }
        }
    }

    private static func isMarkup(_ content: FileSlice) throws -> Bool {
        let start = try content.part(offset: 0, length: min(1024, content.length)).readAll()
        var text = start[...]
        if text.starts(with: [0xEF, 0xBB, 0xBF]) { text = text.dropFirst(3) }
        let first = String(decoding: text.drop { $0 <= 0x20 }.prefix(16), as: UTF8.self).lowercased()
        return first.hasPrefix("<!doctype") || first.hasPrefix("<html") || first.hasPrefix("<head")
            || first.hasPrefix("<?xml") || first.hasPrefix("<!--")
    }

    private func examineWheel(_ content: FileSlice, _ scratch: DecoderScratch) throws {
        let name = try WheelName(fileName)
        let summary = try WheelSummary(content, scratch: scratch)
        guard summary.metadata.name == name.name else {
            throw Failure("its METADATA is for '\(summary.metadata.name)', the file name says '\(name.name)'")
        }
        guard summary.metadata.version == name.version else {
            throw Failure("it has the version \(summary.metadata.version), the file name says \(name.version)")
        }
        let hasRecord = summary.files.contains { path, _ in
            path.hasSuffix(".dist-info/RECORD") && path.bytes.lazy.filter { $0 == UInt8(ascii: "/") }.count == 1
        }
        if !hasRecord { throw Failure("it has no RECORD") }
    }

    private func examinePackage(_ content: FileSlice, _ scratch: DecoderScratch) throws {
        guard let name = ArchiveName(fileName) else { throw Failure("its name is not that of a conda package") }
        var index: [UInt8]?
        try CondaArchive(content, kind: name.kind, name: fileName).readEntries(.info, scratch: scratch) {
            entry, reader in
            guard entry.path.bytes == "info/index.json" else { return .next }
            index = try reader.readAll()
            return .stop
        }
        guard let index else { throw Failure("there is no info/index.json in it") }
        let record = try describing("info/index.json") { try PackageRecord(json: JSONDocument(index).root) }
        guard record.name.text.utf8.elementsEqual(name.name.utf8), record.version.utf8.elementsEqual(name.version.utf8)
        else { throw Failure("it is the package \(record.name) \(record.version)") }
    }
}
