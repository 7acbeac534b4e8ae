import Support

/// A file of a pack that is to be written.
public struct PackEntry: Sendable {
    /// Where its content comes from.
    public enum Contents: Sendable {
        case bytes([UInt8])
        /// Through the entry's slot; `size` is what the lock file says, which may be wrong.
        case awaited(size: Int64?)
        /// None: the entry is a directory, there even if nothing is in it.
        case directory
    }

    public let path: RelativePath
    public let contents: Contents

    public init(_ path: RelativePath, _ contents: Contents) {
        self.path = path
        self.contents = contents
    }
}

/// Where the awaited content of one entry goes. Calls may come from several threads, never two at a time for one slot.
public protocol PackSlot: Sendable {
    /// Bytes for position `offset` of the file; offsets rise without gaps since the beginning or the last `restart`.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws
    /// What was written so far is void.
    func restart() throws
    /// The content is whole and has `size` bytes.
    func finish(size: Int64) throws
    /// A file and an offset where content of exactly the size of the entry may be put without `write`.
    var destination: (descriptor: Int32, offset: Int64)? { get }
    /// What has come so far, `size` bytes, to be read until the pack is finished. To be asked before `finish(size:)`.
    func content(size: Int64) throws -> FileSlice
    /// The content is that of a file at hand, which stays as it is until the pack is finished.
    func fill(from contents: FileSlice) throws
    /// The entry's position in the writer's `window`; nil if it has none.
    var position: Int? { get }
}

extension PackSlot {
    public func fill(from contents: FileSlice) throws {
        var offset: Int64 = 0
        try contents.forEachChunk(size: 1 << 20) { bytes in
            try write(bytes, at: offset)
            offset += Int64(bytes.count)
        }
        try finish(size: contents.length)
    }

    public var position: Int? { nil }
}

/// Writes a pack in one of its forms (tar, directory) from entries known beforehand and contents that come in any order.
/// A writer that is dropped before `finish` removes what it made.
public protocol PackWriter: Sendable {
    /// The slot of an awaited entry.
    ///
    /// - Throws: `Failure` if there is no such entry.
    func slot(for path: RelativePath) throws -> any PackSlot
    /// All slots are finished: completes the pack and makes it appear.
    ///
    /// - Returns: its size in bytes.
    func finish() throws -> Int64
    /// How far ahead of the writer contents may come; nil: in any order, all at once.
    var window: ReadAhead? { get }
}

extension PackWriter {
    public var window: ReadAhead? { nil }
}

/// The entries of a pack in the order they are written: a depth-first walk, names in each directory sorted by their
/// bytes, a directory before its content (docs/spec/lock.md#tar-order).
struct PackOrder {
    enum Item: Sendable {
        case directory(RelativePath)
        case file(PackEntry)
    }

    private(set) var items: [Item] = []

    /// - Throws: `Failure` if two entries have one path, or one is in the place of another's directory.
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
