import CondaModel
import LibC
import Support

/// What a record says about a file of an environment.
struct ExpectedFile: Sendable {
    let path: PrefixPath
    /// The package that brought it.
    let owner: String
    /// Nil if the record has no hash that is valid in this environment.
    let sha256: SHA256Digest?
    /// In bytes; nil if the record has no size that is valid in this environment.
    let size: UInt64?
    let isLink: Bool
    /// Hashes of the text of a link, or of the file it leads to: records differ in which of them they have.
    var linkHashes: [SHA256Digest] = []

    /// The files in a record of `conda-meta`, which any program may have written.
    ///
    /// - Throws: `Failure` if the record has no name or a path leaves the environment.
    static func all(in record: JSONValue) throws -> [ExpectedFile] {
        guard let name = record["name"]?.string else { throw Failure("no string `name`") }
        var files: [ExpectedFile] = []
        var known: Set<PrefixPath> = []
        for (path, entry) in RecordedPaths(record) {
            guard let path else { throw Failure("a path without string `_path`") }
            let kind = entry["path_type"]?.string
            if kind == "directory" { continue }
            // The installed file differs from that of the package if a prefix was put into it.
            let isPatched = entry.present("prefix_placeholder") != nil
            let installed = entry["sha256_in_prefix"]?.string
            let hash = installed ?? (isPatched ? nil : entry["sha256"]?.string)
            let isLink = kind == "softlink" && !isPatched && entry["no_link"]?.bool != true
            var file = ExpectedFile(
                path: try PrefixPath(path), owner: name, sha256: hash.flatMap(ExpectedFile.digest),
                size: isPatched || installed != nil ? nil : entry["size_in_bytes"]?.uint64, isLink: isLink)
            if isLink, installed != nil {
                file.linkHashes = [installed, entry["sha256"]?.string].compactMap { $0 }.compactMap(
                    ExpectedFile.digest)
            }
            files.append(file)
            known.insert(file.path)
        }
        for element in record["files"]?.elements.map(Array.init) ?? [] {
            guard let bytes = element.bytes else { throw Failure("`files` is not a list of strings") }
            let path = try PrefixPath(bytes)
            if known.contains(path) { continue }
            files.append(ExpectedFile(path: path, owner: name, sha256: nil, size: nil, isLink: false))
        }
        return files
    }

    /// A digest. For the copy of what a link leads to, the original writes zeros, which count as none
    /// (docs/spec/install.md#paths).
    private static func digest(_ hex: String) -> SHA256Digest? {
        SHA256Digest(hex: hex).flatMap { $0 == .zero ? nil : $0 }
    }

    /// The files of a wheel's RECORD.
    ///
    /// - Parameters:
    ///   - folder: its `.dist-info` directory.
    /// - Throws: `Failure` if RECORD is malformed. Paths that leave the environment are left out.
    static func all(inRecord text: [UInt8], folder: PrefixPath) throws -> [ExpectedFile] {
        all(of: try WheelRecord(parsing: text).rows, folder: folder)
    }

    /// The files of the rows of a wheel's RECORD.
    static func all(of rows: [WheelRecord.Row], folder: PrefixPath) -> [ExpectedFile] {
        guard let sitePackages = folder.parent else { return [] }
        let owner = String(folder.name.lossyString.split(separator: "-").first ?? "")
        return rows.compactMap { row in
            guard let path = InstalledWheel.located(row.path, in: sitePackages) else { return nil }
            return ExpectedFile(path: path, owner: owner, sha256: row.sha256, size: row.size, isLink: false)
        }
    }

    /// How the file in an environment differs from the record; nil if it does not.
    func difference(in environment: ByteString) -> String? {
        let place = environment.appending(path: path.bytes)
        do {
            let kind = try Sys.stat(place, followLinks: false).st_mode & S_IFMT
            if isLink {
                if kind != S_IFLNK { return "it is no link any more" }
                return leadsElsewhere(place) ? "it leads elsewhere" : nil
            }
            if kind == S_IFDIR { return "it is a folder" }
            if kind != S_IFREG && kind != S_IFLNK { return "it is no file" }
            guard sha256 != nil || size != nil else { return nil }
            let slice = try File.open(place).slice()
            if let size, size != UInt64(clamping: slice.length) {
                return "it has \(slice.length) bytes instead of \(size)"
            }
            guard let sha256 else { return nil }
            return try slice.sha256() == sha256 ? nil : "its content differs"
        } catch let error as SystemError where error.isAbsence {
            return "it is missing"
        } catch {
            return "it cannot be read: \(error)"
        }
    }

    /// Whether the record has neither the hash of a link's text nor that of the file it leads to.
    private func leadsElsewhere(_ place: ByteString) -> Bool {
        if linkHashes.isEmpty { return false }
        if let text = try? Sys.readlink(place), linkHashes.contains(SHA256Hasher.hash(text.bytes)) { return false }
        // mamba's records have the hash of nothing for a link that leads nowhere.
        if linkHashes.contains(SHA256Hasher.hash([])), (try? Sys.stat(place)) == nil { return false }
        guard let status = try? Sys.stat(place), status.st_mode & S_IFMT == S_IFREG,
            let found = try? File.open(place).slice().sha256()
        else { return true }
        return !linkHashes.contains(found)
    }
}
