import Support

/// Writes a pack as a tar, each content once, at its final offset.
///
/// The offset of an entry follows from the sizes of the entries before it. Up to the first entry of unknown size,
/// contents are written straight to their place, in any order. Later contents wait in unnamed files, and are placed as
/// soon as the sizes before them are known. If an entry turns out larger or smaller than expected, `finish` corrects
/// that by copying everything behind it.
public final class TarPackWriter: PackWriter {
    private let output: File
    private let base: Int64
    private let spoolDirectory: ByteString
    private let completion: @Sendable (Int64) throws -> Void
    private let state: Locked<State>
    private let indices: [RelativePath: Int]

    private struct State {
        var items: [Item]
        /// The first item that has no final place yet.
        var frontier = 0
        /// Where its header will be, in bytes from the start of the tar.
        var position: Int64 = 0
    }

    private struct Item {
        let entry: PackOrder.Item
        var place = Place.awaited
        /// Where the header is; valid once the item has a place.
        var headerOffset: Int64 = 0
    }

    fileprivate enum Place: Sendable {
        /// No content has come yet.
        case awaited
        /// Space for the content is reserved in the output file.
        case reserved(FileSlice)
        /// The content is complete, but not at its place.
        case elsewhere(FileSlice)
        /// Header and content are at their place.
        case done(contents: FileSlice?)
    }

    /// Writes into `file`, which may have other bytes before `offset`.
    ///
    /// - Parameters:
    ///   - spoolDirectory: where unnamed files are made for contents that have to wait.
    ///   - completion: called by `finish` with the size of the tar in bytes; it makes the pack appear.
    /// - Throws: `Failure` if two entries have the same path, or the file cannot be written.
    public init(
        _ entries: [PackEntry], to file: File, at offset: Int64 = 0, spoolDirectory: ByteString,
        completion: @escaping @Sendable (Int64) throws -> Void
    ) throws {
        output = file
        base = offset
        self.spoolDirectory = spoolDirectory
        self.completion = completion
        let items = try PackOrder(entries).items.map { Item(entry: $0) }
        var indices: [RelativePath: Int] = [:]
        for (index, item) in items.enumerated() {
            if case .file(let entry) = item.entry { indices[entry.path] = index }
        }
        self.indices = indices
        state = Locked(State(items: items))
        try writing { try state.withLock { try reserve(&$0) } }
    }

    /// Writes the tar to `path`, where it appears when it is complete.
    public convenience init(_ entries: [PackEntry], at path: ByteString) throws {
        let pending = try PendingFile(target: path)
        try self.init(entries, to: pending.file, spoolDirectory: pending.target.parentPath) { _ in try pending.commit()
        }
    }

    public func slot(for path: RelativePath) throws -> any PackSlot {
        guard let index = indices[path] else { throw Failure("'\(path)' is no file of the pack") }
        let place = state.withLock { $0.items[index].place }
        return TarSlot(writer: self, index: index, place: place)
    }

    public func finish() throws -> Int64 {
        let size = try writing {
            try state.withLock { state in
                try makeRoom(&state)
                try advance(&state)
                for item in state.items {
                    if case .done = item.place { continue }
                    if case .file(let entry) = item.entry { throw Failure("nothing was written for '\(entry.path)'") }
                }
                let end = [UInt8](repeating: 0, count: Int(TarHeaderBytes.endSize))
                try write(end, at: state.position)
                let size = state.position + TarHeaderBytes.endSize
                try Sys.truncate(output.descriptor, to: base + size)
                return size
            }
        }
        try completion(size)
        return size
    }

    private func writing<Result>(_ body: () throws -> Result) throws -> Result {
        try describingWriting(of: output.path, body)
    }

    private func write(_ bytes: [UInt8], at position: Int64) throws {
        try bytes.withUnsafeBytes { try Sys.writeAll(output.descriptor, $0, at: base + position) }
    }

    /// Gives a place to every item before the first one of unknown size.
    private func reserve(_ state: inout State) throws {
        while state.frontier < state.items.count {
            guard case .file(let entry) = state.items[state.frontier].entry,
                case .awaited(let size) = entry.contents
            else {
                try advance(&state, limit: state.frontier + 1)
                continue
            }
            guard let size, size >= 0 else { return }
            let header = TarHeaderBytes.file(entry.path, size: size)
            try write(header, at: state.position)
            let start = state.position + Int64(header.count)
            state.items[state.frontier].headerOffset = state.position
            state.items[state.frontier].place = .reserved(FileSlice(file: output, offset: base + start, length: size))
            state.position = start + size + Int64(TarHeaderBytes.padding(after: size))
            state.frontier += 1
        }
    }

    /// Writes the items at the frontier whose content is complete.
    private func advance(_ state: inout State, limit: Int = .max) throws {
        while state.frontier < min(limit, state.items.count) {
            let index = state.frontier
            let header: [UInt8]
            var contents: FileSlice?
            switch (state.items[index].entry, state.items[index].place) {
            case (.directory(let path), _):
                header = TarHeaderBytes.directory(path)
                try write(header, at: state.position)
            case (.file(let entry), .elsewhere(let slice)):
                header = TarHeaderBytes.file(entry.path, size: slice.length)
                let start = state.position + Int64(header.count)
                try write(header, at: state.position)
                try slice.copy(to: output.descriptor, at: base + start)
                try write(
                    [UInt8](repeating: 0, count: TarHeaderBytes.padding(after: slice.length)),
                    at: start + slice.length)
                contents = FileSlice(file: output, offset: base + start, length: slice.length)
            case (.file(let entry), _):
                guard case .bytes(let bytes) = entry.contents else { return }
                header = TarHeaderBytes.file(entry.path, size: Int64(bytes.count))
                let padding = [UInt8](repeating: 0, count: TarHeaderBytes.padding(after: Int64(bytes.count)))
                try write(header + bytes + padding, at: state.position)
                let start = base + state.position + Int64(header.count)
                contents = FileSlice(file: output, offset: start, length: Int64(bytes.count))
            }
            let size = contents?.length ?? 0
            state.items[index].headerOffset = state.position
            state.items[index].place = .done(contents: contents)
            state.position += Int64(header.count) + size + Int64(TarHeaderBytes.padding(after: size))
            state.frontier += 1
        }
    }

    /// Moves everything from the first misplaced item on out of the way, so that `advance` can write it again.
    private func makeRoom(_ state: inout State) throws {
        let misfit = state.items[..<state.frontier].firstIndex { item in
            if case .elsewhere = item.place { true } else { false }
        }
        guard let misfit else { return }
        let spool = try UnlinkedFile.make(in: spoolDirectory, describedAs: output.path)
        var position: Int64 = 0
        for index in misfit..<state.frontier {
            let slice: FileSlice
            switch state.items[index].place {
            case .elsewhere(let place) where place.file === output: slice = place
            case .done(let contents?): slice = contents
            case .awaited, .reserved, .elsewhere, .done: continue
            }
            try slice.copy(to: spool.descriptor, at: position)
            state.items[index].place = .elsewhere(FileSlice(file: spool, offset: position, length: slice.length))
            position += slice.length
        }
        state.frontier = misfit
        state.position = state.items[misfit].headerOffset
    }

    // MARK: For slots

    fileprivate var path: ByteString { output.path }

    fileprivate func makeSpool() throws -> File { try UnlinkedFile.make(in: spoolDirectory, describedAs: output.path) }

    fileprivate var freeSpace: Int64? { try? Sys.freeSpace(spoolDirectory) }

    fileprivate func finished(_ index: Int, _ contents: FileSlice, isInPlace: Bool) throws {
        try writing {
            try state.withLock { state in
                state.items[index].place = isInPlace ? .done(contents: contents) : .elsewhere(contents)
                try advance(&state)
            }
        }
    }
}

/// Brings the content of one entry into the tar.
private final class TarSlot: PackSlot {
    private let writer: TarPackWriter
    private let index: Int
    /// The content's place in the tar; nil if it is not known yet.
    private let reserved: FileSlice?
    /// An unnamed file for content that has no place yet, or does not fit it.
    private let spool = Locked<File?>(nil)

    init(writer: TarPackWriter, index: Int, place: TarPackWriter.Place) {
        self.writer = writer
        self.index = index
        if case .reserved(let slice) = place { reserved = slice } else { reserved = nil }
    }

    var destination: (descriptor: Int32, offset: Int64)? {
        guard spool.withLock({ $0 }) == nil else { return nil }
        return reserved.map { (descriptor: $0.file.descriptor, offset: $0.offset) }
    }

    var freeSpace: Int64? { writer.freeSpace }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
        try Interruption.check()
        try describing("could not write the pack '\(writer.path)'", remedy: .makeRoom) {
            if let file = try spool(forBytesUpTo: offset + Int64(bytes.count), written: offset) {
                try Sys.writeAll(file.descriptor, bytes, at: offset)
            } else if let reserved {
                try Sys.writeAll(reserved.file.descriptor, bytes, at: reserved.offset + offset)
            }
        }
    }

    /// The spool; nil as long as the content fits its place. When it no longer fits, what was written there moves to
    /// the spool.
    private func spool(forBytesUpTo end: Int64, written: Int64) throws -> File? {
        try spool.withLock { spool in
            if let file = spool { return file }
            if let reserved, end <= reserved.length { return nil }
            let file = try writer.makeSpool()
            if let reserved, written > 0 {
                try reserved.part(offset: 0, length: written).copy(to: file.descriptor, at: 0)
            }
            spool = file
            return file
        }
    }

    func restart() throws {
        try spool.withLock { spool in
            if let file = spool { try Sys.truncate(file.descriptor, to: 0) }
        }
    }

    func content(size: Int64) throws -> FileSlice {
        if let file = spool.withLock({ $0 }) { return FileSlice(file: file, offset: 0, length: size) }
        if let reserved { return FileSlice(file: reserved.file, offset: reserved.offset, length: size) }
        return FileSlice(file: try writer.makeSpool(), offset: 0, length: 0)
    }

    func finish(size: Int64) throws {
        try Interruption.check()
        if let file = spool.withLock({ $0 }) {
            try writer.finished(index, FileSlice(file: file, offset: 0, length: size), isInPlace: false)
        } else if let reserved {
            try writer.finished(
                index, FileSlice(file: reserved.file, offset: reserved.offset, length: size),
                isInPlace: size == reserved.length)
        } else {
            // Not a single byte came: the file is empty.
            try writer.finished(
                index, FileSlice(file: try writer.makeSpool(), offset: 0, length: 0), isInPlace: false)
        }
        spool.withLock { $0 = nil }
    }
}
