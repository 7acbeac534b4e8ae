import CondaModel
import Support

/// What a record says of a file of an environment.
struct ExpectedFile: Sendable {
    let path: PrefixPath
    /// The package that brought it.
    let owner: String
    /// Nil if the record has none that holds in this place.
    let sha256: SHA256Digest?
    /// Bytes; nil if the record has none that holds in this place.
    let size: UInt64?
    let isLink: Bool

    /// The files of a record of `conda-meta`, whoever wrote it.
    ///
    /// - Throws: `Failure` if the record has no name or a path leaves the environment.
    static func all(in record: JSONValue) throws -> [ExpectedFile] {
        guard let name = record["name"]?.string else { throw Failure("no string `name`") }
        var files: [ExpectedFile] = []
        var known: Set<PrefixPath> = []
        for entry in record["paths_data"]?["paths"]?.elements.map(Array.init) ?? [] {
            guard let path = entry["_path"]?.bytes else { throw Failure("a path without string `_path`") }
            let kind = entry["path_type"]?.string
            if kind == "directory" { continue }
            // The file a package has may differ from the one that is installed: its prefix was put in.
            let isPatched = entry.present("prefix_placeholder") != nil
            let installed = entry["sha256_in_prefix"]?.string
            let hash = installed ?? (isPatched ? nil : entry["sha256"]?.string)
            let isLink = kind == "softlink"
            let file = ExpectedFile(
                path: try PrefixPath(path), owner: name, sha256: hash.flatMap { SHA256Digest(hex: $0) },
                size: isPatched || installed != nil ? nil : entry["size_in_bytes"]?.uint64, isLink: isLink)
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

    /// The files of a wheel's RECORD.
    ///
    /// - Parameters:
    ///   - folder: its `.dist-info` directory.
    /// - Throws: `Failure` if RECORD is malformed. Paths that leave the environment are left out.
    static func all(inRecord text: [UInt8], folder: PrefixPath) throws -> [ExpectedFile] {
        guard let sitePackages = folder.parent else { return [] }
        let owner = String(folder.name.lossyString.split(separator: "-").first ?? "")
        return try WheelRecord(parsing: text).rows.compactMap { row in
            guard let path = InstalledWheel.located(row.path, in: sitePackages) else { return nil }
            return ExpectedFile(path: path, owner: owner, sha256: row.sha256, size: row.size, isLink: false)
        }
    }
}
