import Archive
import CondaModel
import Support

/// A conda package given by its file, with the record made from what is in it (docs/spec/lock.md#injection).
public struct InjectedPackage: Sendable {
    /// As given on the command line, or where a build left it.
    public let path: ByteString
    /// The file's own name, kept in the pack.
    public let fileName: String
    public let record: PackageRecord
    /// The bytes of the package; the file stays open, so it may be removed.
    public let file: FileSlice

    /// Opens a `.conda` or `.tar.bz2`, computes its hashes and reads `info/index.json` and, of a `.conda`,
    /// `info/run_exports.json`.
    ///
    /// - Throws: `Failure` naming the file and what is wrong with it.
    public static func read(_ path: ByteString, scratch: DecoderScratch) throws -> InjectedPackage {
        let fileName = path.lastPathComponent.lossyString
        guard let name = ArchiveName(fileName) else {
            throw Failure(
                "could not parse package filename: \(fileName)",
                remedy: "Keep the name the package was made with: NAME-VERSION-BUILD.conda.")
        }
        return try describing(
            "could not inject '\(path)'",
            remedy: "Get the file again, or build it again; keep the name it was made with."
        ) {
            let file = try File.open(path).slice()
            var record = try describing("it is not a usable conda package") {
                try self.record(CondaArchive(file, kind: name.kind, name: fileName), kind: name.kind, scratch: scratch)
            }
            var (sha256, md5) = (SHA256Hasher(), MD5Hasher())
            try file.forEachChunk {
                sha256.update($0)
                md5.update($0)
            }
            record.sha256 = sha256.finish()
            record.md5 = md5.finish()
            record.size = UInt64(clamping: file.length)
            return InjectedPackage(path: path, fileName: fileName, record: record, file: file)
        }
    }

    private static func record(
        _ archive: CondaArchive, kind: ArchiveName.Kind, scratch: DecoderScratch
    ) throws -> PackageRecord {
        var (index, runExports): ([UInt8]?, [UInt8]?)
        try archive.readEntries(.info, scratch: scratch) { entry, reader in
            if entry.path.bytes == "info/index.json" { index = try reader.readAll() }
            if entry.path.bytes == "info/run_exports.json" { runExports = try reader.readAll() }
            // A `.tar.bz2` is read only as far as needed: its run_exports do not count.
            return kind == .tarBz2 && index != nil ? .stop : .next
        }
        guard let index else { throw Failure("there is no info/index.json in it") }
        var record = try describing("info/index.json") {
            let json = try JSONDocument(index).root
            var record = try PackageRecord(json: json)
            if record.subdir.isEmpty { record.subdir = "unknown" }
            try record.requireUsableNames()
            try IndexRules(json: json, record: record).check()
            return record
        }
        record.runExports = nil
        if kind == .conda, let runExports {
            record.runExports = try describing("info/run_exports.json") { try self.runExports(runExports) }
        }
        return record
    }

    private static func runExports(_ text: [UInt8]) throws -> PackageRecord.RunExports {
        let root = try JSONDocument(text).root
        guard let members = root.members else { throw Failure("expected a map, found \(root.kindName)") }
        var exports = PackageRecord.RunExports()
        for member in members where !member.value.isNull {
            guard let elements = member.value.elements else {
                throw Failure("field `\(member.name)`: expected a list of strings, found \(member.value.kindName)")
            }
            exports.set(
                member.name,
                to: try elements.map { element in
                    guard let text = element.string else {
                        throw Failure("field `\(member.name)`: expected a list of strings, found \(element.kindName)")
                    }
                    return text
                })
        }
        return exports
    }
}

/// What an index.json must obey beyond the types of its fields (docs/spec/lock.md#injection).
private struct IndexRules {
    let json: JSONValue
    let record: PackageRecord

    func check() throws {
        let lists = [("depends", record.depends), ("constrains", record.constrains)]
        for (field, specs) in lists + record.extraDepends.map({ ("extra_depends", $0.depends) }) {
            for text in specs {
                let spec = try describing("invalid matchspec in \(field): \(text)") { try MatchSpec(text) }
                if spec.condition != nil || !spec.flags.isEmpty { try requireRevision3("'\(text)' in \(field)") }
            }
        }
        for flag in record.flags where !isValid(flag: flag) { throw Failure("invalid flag '\(flag)'") }
        if !record.flags.isEmpty { try requireRevision3("flags") }
        if !record.extraDepends.isEmpty { try requireRevision3("extra_depends") }
    }

    /// Only a file that itself declares an older revision is refused.
    private func requireRevision3(_ subject: String) throws {
        if let revision = json.present("repodata_revision")?.int64, revision < 3 {
            throw Failure("\(subject) needs repodata revision 3, the package declares \(revision)")
        }
    }

    /// `[a-z0-9_]+(:[a-z0-9_]+)?`
    private func isValid(flag: String) -> Bool {
        let parts = flag.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        return parts.count <= 2
            && parts.allSatisfy { part in
                !part.isEmpty
                    && part.allSatisfy {
                        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                            || isASCIIDigit($0) || $0 == UInt8(ascii: "_")
                    }
            }
    }
}
