import Support

/// What the programs that read `conda-meta/*.json` demand of it: conda (`conda/models/records.py`, `Entity` fields),
/// libmamba (`specs::from_json` of PackageInfo, where a member that is there must have the type of its default) and rattler
/// (`PrefixRecord`, serde).
public enum RecordRules {
    private static let texts = [
        "name", "version", "build", "channel", "url", "subdir", "fn", "license", "md5", "sha256", "signatures",
        "python_site_packages_path", "license_family", "features", "arch", "platform", "legacy_bz2_md5",
        "extracted_package_dir",
    ]
    private static let required = [
        "name", "version", "build", "build_number", "channel", "url", "subdir", "fn", "depends", "files", "paths_data",
    ]
    private static let numbers = ["build_number", "size", "legacy_bz2_size"]
    private static let lists = ["depends", "constrains", "files", "requested_specs", "purls", "flags"]
    /// Of `conda/models/enums.py`.
    private static let kinds = ["hardlink", "softlink", "directory", "unix_python_entry_point"]

    /// What of a record one of them refuses.
    public static func problems(_ record: JSONValue) -> [String] {
        var problems: [String] = []
        for key in required where member(key, of: record)?.isNull ?? true { problems.append("\(key) is not there") }
        for key in texts where member(key, of: record).map({ $0.string == nil }) ?? false {
            problems.append("\(key) is not a string")
        }
        for key in numbers where member(key, of: record).map({ $0.uint64 == nil }) ?? false {
            problems.append("\(key) is not a number")
        }
        for key in lists {
            guard let value = member(key, of: record) else { continue }
            if value.elements?.contains(where: { $0.string == nil }) ?? true { problems.append("\(key) is no list") }
        }
        for key in ["url", "channel"] where member(key, of: record)?.string?.contains("://") == false {
            problems.append("\(key) is no URL")
        }
        for path in record["paths_data"]?["paths"]?.elements.map(Array.init) ?? [] {
            if path["_path"]?.string == nil { problems.append("a path without _path") }
            if !kinds.contains(path["path_type"]?.string ?? "") { problems.append("a path of no kind") }
            if path.present("prefix_placeholder") != nil, !["text", "binary"].contains(path["file_mode"]?.string ?? "")
            {
                problems.append("a placeholder without mode")
            }
        }
        if record["paths_data"]?["paths_version"]?.uint64 != 1 { problems.append("paths_version") }
        if ![1, 2, 3, 4].contains(record["link"]?["type"]?.uint64 ?? 0) { problems.append("link.type") }
        return problems
    }

    private static func member(_ key: String, of value: JSONValue) -> JSONValue? {
        value.members?.first { $0.name == ByteString(key) }?.value
    }
}
