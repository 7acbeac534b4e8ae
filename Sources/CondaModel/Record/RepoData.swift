import Support

/// The index of one subdir of a channel: `repodata.json` (docs/spec/install.md#repodata, docs/spec/lock.md#repodata).
public enum RepoData {
    /// A package of the index.
    public struct Entry: Sendable, Equatable {
        /// The name of the package's file, which lies beside the index.
        public var fileName: String
        public var record: PackageRecord

        public init(fileName: String, record: PackageRecord) {
            self.fileName = fileName
            self.record = record
        }
    }

    /// The packages of an index: those of `packages.conda`, with `packages` merged over them, in the order of the text.
    ///
    /// - Throws: `Failure` naming the package and the field that cannot be read; also for a file name that is not
    ///   `name-version-build` with an extension of conda, and for a record whose names cannot safely be parts of paths.
    public static func parse(_ json: [UInt8]) throws -> [Entry] {
        let root = try JSONDocument(json).root
        guard root.isObject else { throw Failure("expected a map, found \(root.kindName)") }
        var entries: [Entry] = []
        var places: [ByteString: Int] = [:]
        let maps: [StaticString] = ["packages.conda", "packages"]
        for key in maps {
            guard let map = root.present(key) else { continue }
            guard let members = map.members else { throw Failure("`\(key)`: expected a map, found \(map.kindName)") }
            for member in members {
                let entry = try describing("package '\(member.name)'") { try self.entry(member) }
                if let place = places[member.name] {
                    entries[place] = entry
                } else {
                    places[member.name] = entries.count
                    entries.append(entry)
                }
            }
        }
        return entries
    }

    private static func entry(_ member: JSONValue.Member) throws -> Entry {
        let fileName = member.name.lossyString
        guard ArchiveName(fileName, acceptingWheels: true) != nil else {
            throw Failure("the name is not of the form <name>-<version>-<build>.conda or .tar.bz2")
        }
        try requirePathComponent(fileName, "file name")
        let record = try PackageRecord(json: member.value)
        try record.requireUsableNames()
        return Entry(fileName: fileName, record: record)
    }

    /// The text of an index. All packages are under `packages.conda`, sorted by name, version, build and kind.
    public static func render(subdir: String, entries: [Entry]) -> [UInt8] {
        var writer = JSONWriter(reserving: 1024 + entries.count * 1024)
        writer.object { writer in
            writer.key("info")
            writer.object { $0.member("subdir", subdir) }
            writer.key("packages")
            writer.object { _ in }
            writer.key("packages.conda")
            writer.object { writer in
                for entry in sorted(entries) {
                    writer.key(entry.fileName)
                    writer.object { entry.record.writeMembers(to: &$0) }
                }
            }
            writer.key("repodata_version")
            writer.value(2)
        }
        return writer.bytes
    }

    /// Sorted by the parts of the file name, each compared as bytes; of entries with equal file names the last one
    /// stays.
    private static func sorted(_ entries: [Entry]) -> [Entry] {
        struct Key: Comparable {
            var parts: [ByteString]
            var kind: Int

            static func < (left: Key, right: Key) -> Bool {
                left.parts == right.parts ? left.kind < right.kind : left.parts.lexicographicallyPrecedes(right.parts)
            }
        }
        let kinds: [ArchiveName.Kind] = [.conda, .tarBz2, .wheel]
        var last: [ByteString: (key: Key, entry: Entry)] = [:]
        for entry in entries {
            let name = ArchiveName(entry.fileName, acceptingWheels: true)
            let parts = name.map { [$0.name, $0.version, $0.build] } ?? [entry.fileName]
            let kind = name.flatMap { kinds.firstIndex(of: $0.kind) } ?? kinds.count
            last[ByteString(entry.fileName)] = (Key(parts: parts.map { ByteString($0) }, kind: kind), entry)
        }
        return last.values.sorted { $0.key < $1.key }.map(\.entry)
    }
}
