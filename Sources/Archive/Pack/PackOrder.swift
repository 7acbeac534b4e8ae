import Support

/// The entries of a pack in the order they are written: a depth-first walk in which the names of each directory are
/// sorted as bytes and a directory comes before its content (docs/spec/lock.md#tar-order).
public struct PackOrder {
    enum Item: Sendable {
        case directory(RelativePath)
        case file(PackEntry)
    }

    private(set) var items: [Item] = []

    /// - Throws: `Failure` if two entries have the same path, or a file has the path of another entry's directory.
    init(_ entries: [PackEntry]) throws {
        var directories: Set<RelativePath> = []
        var files: Set<RelativePath> = []
        for entry in entries.sorted(by: { $0.path < $1.path }) {
            var missing: [RelativePath] = []
            var parent = entry.path.parent
            while let directory = parent, directories.insert(directory).inserted {
                missing.append(directory)
                parent = directory.parent
            }
            items += missing.reversed().map(Item.directory)
            if case .directory = entry.contents {
                if directories.insert(entry.path).inserted { items.append(.directory(entry.path)) }
                continue
            }
            guard files.insert(entry.path).inserted else {
                throw Failure("two files of the pack would have the name '\(entry.path)'")
            }
            items.append(.file(entry))
        }
        if let path = directories.first(where: files.contains) {
            throw Failure("'\(path)' would be a file and a directory of the pack")
        }
    }
}

extension PackOrder {
    /// The files in the order they are written, for writers of other modules.
    ///
    /// - Throws: `Failure` if two entries have the same path.
    public static func files(_ entries: [PackEntry]) throws -> [PackEntry] {
        try PackOrder(entries).items.compactMap { item in
            if case .file(let entry) = item { entry } else { nil }
        }
    }
}
