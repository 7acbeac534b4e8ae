import Support

/// Brings hashes and sizes of records up to date with files that were written again. Everything else in them stays.
struct RelocationRecords {
    private let steps: [PrefixPath: RelocationStep]

    init(_ steps: [RelocationStep]) {
        self.steps = Dictionary(steps.map { ($0.file.path, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// A record of `conda-meta`.
    func record(_ text: [UInt8]) throws -> [UInt8] {
        let root = try JSONDocument(text).root
        let paths = RecordedPaths(root)
        var writer = JSONWriter(reserving: text.count + 1024)
        writer.object { writer in
            for member in root.members.map(Array.init) ?? [] {
                writer.key(member.name.lossyString)
                guard member.isNamed("paths_data"), let data = member.value.members else {
                    writer.copy(member.value)
                    continue
                }
                writer.object { writer in
                    for member in data {
                        writer.key(member.name.lossyString)
                        guard member.isNamed("paths"), let rows = member.value.elements else {
                            writer.copy(member.value)
                            continue
                        }
                        writer.array { writer in for row in rows { self.row(row, paths, &writer) } }
                    }
                }
            }
        }
        return writer.bytes
    }

    private func row(_ row: JSONValue, _ paths: RecordedPaths, _ writer: inout JSONWriter) {
        guard let path = row["_path"]?.bytes, let path = try? PrefixPath(paths.inEnvironment(path)),
            let step = steps[path], let members = row.members
        else { return writer.copy(row) }
        let isScript = row["path_type"]?.string == "unix_python_entry_point"
        let original = row["sha256"]?.string
        let digest = step.after.hex
        writer.object { writer in
            for member in members {
                if member.isNamed("sha256_in_prefix") {
                    if original == nil { writer.member("sha256_in_prefix", digest) }
                } else if member.isNamed("size_in_bytes") {
                    writer.member("size_in_bytes", Optional(step.size))
                } else if member.isNamed("sha256") {
                    writer.member("sha256", isScript ? digest : original)
                    if !isScript, original != digest { writer.member("sha256_in_prefix", digest) }
                } else {
                    writer.key(member.name.lossyString)
                    writer.copy(member.value)
                }
            }
        }
    }

    /// The RECORD of a wheel, whose `dist-info` is `folder`.
    func wheel(_ text: [UInt8], folder: PrefixPath) throws -> [UInt8] {
        guard let sitePackages = folder.parent else { return text }
        var record = try WheelRecord(parsing: text)
        for index in record.rows.indices {
            guard let path = InstalledWheel.located(record.rows[index].path, in: sitePackages), let step = steps[path],
                record.rows[index].hash != nil
            else { continue }
            record.rows[index].hash = WheelRecord.hashField(step.after)
            record.rows[index].size = step.size
        }
        return record.rendered()
    }
}
