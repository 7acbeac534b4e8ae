import CondaModel
import Support

/// A package of an environment, by its record in `conda-meta`.
public struct InstalledPackage: Sendable {
    let head: RecordHead
    /// Its files and links.
    let files: [PrefixPath]
    /// Its shortcuts, outside of the environment.
    let shortcuts: [ByteString]

    public var name: CondaName { head.name }
    public var version: String { head.version }
    /// The path of its record.
    var record: PrefixPath { head.record }

    /// - Throws: `Failure` if a member that every record has is missing, or a path leaves the environment.
    init(json: JSONValue, record: PrefixPath) throws {
        head = try RecordHead(json: json, record: record)
        files = try (json["files"]?.elements.map(Array.init) ?? []).map { element in
            guard let path = element.bytes else { throw Failure("`files` is not a list of strings") }
            return try PrefixPath(path)
        }
        shortcuts = Shortcuts.recorded(in: json)
    }
}
