import Support

/// A file of a pack that is to be written.
public struct PackEntry: Sendable {
    /// Where its content comes from.
    public enum Contents: Sendable {
        case bytes([UInt8])
        /// It comes through the entry's slot. `size` is what the lock file says, which may be wrong.
        case awaited(size: Int64?)
        /// It has none: the entry is a directory, which is made even if nothing is in it.
        case directory
    }

    /// The path in the pack.
    public let path: RelativePath
    /// Where its content comes from.
    public let contents: Contents

    public init(_ path: RelativePath, _ contents: Contents) {
        self.path = path
        self.contents = contents
    }
}

/// Receives the content of one awaited entry. Calls may come from several threads, but never two at a time for one
/// slot.
public protocol PackSlot: Sendable {
    /// Writes bytes at `offset` of the file. Offsets rise without gaps from 0, and again from 0 after `restart`.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws
    /// Discards what was written so far.
    func restart() throws
    /// Says that the content is complete and has `size` bytes.
    func finish(size: Int64) throws
    /// A file and an offset in it where content of exactly the entry's size may be written without `write`; nil if
    /// there is none yet.
    var destination: (descriptor: Int32, offset: Int64)? { get }
    /// The first `size` bytes written so far, readable until the pack is finished. Ask before `finish(size:)`.
    func content(size: Int64) throws -> FileSlice
    /// Takes the content from a file that does not change until the pack is finished.
    func fill(from contents: FileSlice) throws
    /// The entry's position in the writer's `window`; nil if there is no window.
    var position: Int? { get }
    /// How many bytes there is room for where the content goes; nil: nobody knows.
    var freeSpace: Int64? { get }
}

extension PackSlot {
    public var freeSpace: Int64? { destination.flatMap { try? Sys.freeSpace($0.descriptor) } }

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

/// Writes a pack in one of its forms (tar, directory). Its entries are known from the start; their contents come in any
/// order.
///
///     let writer = try TarPackWriter(entries, at: "environment.tar")
///     let slot = try writer.slot(for: path)  // an entry whose content is awaited
///     try slot.write(bytes, at: 0)
///     try slot.finish(size: Int64(bytes.count))
///     let size = try writer.finish()  // the pack appears now
///
/// A writer that is dropped before `finish` removes what it made.
public protocol PackWriter: Sendable {
    /// The slot of an awaited entry.
    ///
    /// - Throws: `Failure` if there is no such entry.
    func slot(for path: RelativePath) throws -> any PackSlot
    /// Completes the pack and makes it appear under its name. All slots must be finished.
    ///
    /// - Returns: the size of the pack in bytes.
    func finish() throws -> Int64
    /// Limits how far contents may come ahead of the writer; nil if all may come at once, in any order.
    var window: ReadAhead? { get }
}

extension PackWriter {
    public var window: ReadAhead? { nil }
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
