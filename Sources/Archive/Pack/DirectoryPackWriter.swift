import LibC
import Support

/// Writes a pack as a directory. Everything is written to a hidden folder first and moved when it is complete. In an
/// existing target, files of the same name are replaced and the other files of the previous pack are removed;
/// everything else stays (docs/spec/lock.md#order-of-work).
public final class DirectoryPackWriter: PackWriter {
    private let target: ByteString
    private let staging: ByteString
    /// Holds the lock of the hidden folder while we write.
    private let lock: HiddenTemporary.Directory
    private let isFresh: Bool
    /// The files of the pack that is in the target already.
    private let previous: Set<RelativePath>
    private let items: [PackOrder.Item]
    /// The folders above the target that we had to make.
    private let parents: [ByteString]
    private let isFinished = Locked(false)
    private let sizes = Locked<[RelativePath: Int64]>([:])

    /// - Parameter previous: the files of the pack that is in the target already.
    /// - Throws: `Failure` naming the target if it is no directory or nothing can be written there.
    public init(_ entries: [PackEntry], at path: ByteString, replacing previous: Set<RelativePath> = []) throws {
        target = path
        self.previous = previous
        items = try PackOrder(entries).items
        (staging, lock, isFresh, parents) = try DirectoryPackWriter.creating(path) {
            let isFresh = try !Sys.exists(path)
            if !isFresh, try !Sys.isDirectory(path) { throw Failure("there is a file of that name") }
            // An existing target may be another file system than its parent, so the hidden folder is made in it.
            let (name, parent) = isFresh ? (path.lastPathComponent, path.parentPath) : ("pack", path)
            let parents = try Sys.makeDirectories(parent)
            HiddenTemporary.sweep(name, in: parent)
            let staging = try HiddenTemporary.directory(for: name, in: parent)
            return (staging.path, staging, isFresh, parents)
        }
        try DirectoryPackWriter.creating(path) {
            for item in items {
                switch item {
                case .directory(let path): try Sys.mkdir(staging.appending(path: path.bytes))
                case .file(let entry):
                    guard case .bytes(let bytes) = entry.contents else { continue }
                    let slot = try DirectorySlot(writer: self, path: entry.path, file: create(entry.path))
                    try bytes.withUnsafeBytes { try slot.write($0, at: 0) }
                    try slot.finish(size: Int64(bytes.count))
                }
            }
        }
    }

    private static func creating<Result>(_ path: ByteString, _ body: () throws -> Result) throws -> Result {
        try describing(
            "could not create pack directory '\(path)'",
            remedy: "Choose another place with -o, or look who may write there.", body)
    }

    deinit {
        removeStaging()
        if isFinished.withLock({ $0 }) { return }
        for folder in parents.reversed() { try? Sys.unlink(folder, isDirectory: true) }
    }

    public func slot(for path: RelativePath) throws -> any PackSlot {
        DirectorySlot(writer: self, path: path, file: nil)
    }

    fileprivate var path: ByteString { target }

    fileprivate func create(_ path: RelativePath) throws -> File {
        let full = staging.appending(path: path.bytes)
        return File(descriptor: try Sys.open(full, O_RDWR | O_CREAT | O_EXCL), path: target.appending(path: path.bytes))
    }

    fileprivate func finished(_ path: RelativePath, size: Int64) { sizes.withLock { $0[path] = size } }

    public func finish() throws -> Int64 {
        let sizes = sizes.withLock { $0 }
        try DirectoryPackWriter.creating(target) {
            for case .file(let entry) in items where sizes[entry.path] == nil {
                throw Failure("nothing was written for '\(entry.path)'")
            }
            if isFresh {
                try Sys.rename(staging, to: target)
            } else {
                try merge()
                removeStaging()
            }
        }
        isFinished.withLock { $0 = true }
        return sizes.values.reduce(0, +)
    }

    /// Moves everything to its place. If that fails, everything is moved back.
    private func merge() throws {
        var made: [ByteString] = []
        var moved: [Move] = []
        do {
            for case .directory(let path) in items {
                let full = target.appending(path: path.bytes)
                if try Sys.exists(full) { continue }
                try Sys.mkdir(full)
                made.append(full)
            }
            for case .file(let entry) in items {
                let move = Move(
                    from: staging.appending(path: entry.path.bytes), to: target.appending(path: entry.path.bytes))
                moved.append(try move.done())
            }
            try removePrevious(&moved)
        } catch {
            for move in moved.reversed() { try? move.undo() }
            for directory in made.reversed() { try? Sys.unlink(directory, isDirectory: true) }
            throw error
        }
    }

    /// Removes the files that the previous pack had and this one has not, and folders that are empty afterwards.
    private func removePrevious(_ moved: inout [Move]) throws {
        var stale = previous
        var folders: Set<RelativePath> = []
        for item in items {
            switch item {
            case .file(let entry): stale.remove(entry.path)
            case .directory(let path): folders.insert(path)
            }
        }
        var emptied: Set<RelativePath> = []
        for (number, path) in stale.sorted().enumerated() where try isPlainFile(path) {
            let aside = staging + ByteString("/.removed-\(number)")
            let place = target.appending(path: path.bytes)
            try Sys.rename(place, to: aside)
            moved.append(Move(gone: aside, from: place))
            var parent = path.parent
            while let folder = parent, emptied.insert(folder).inserted { parent = folder.parent }
        }
        for folder in emptied.subtracting(folders).sorted().reversed() {
            // A folder that is not empty holds the user's own files.
            try? Sys.unlink(target.appending(path: folder.bytes), isDirectory: true)
        }
    }

    /// Whether a file is at that path without any link on the way. What a link leads to does not belong to the pack.
    private func isPlainFile(_ path: RelativePath) throws -> Bool {
        var place = target
        var kind = FileKind.directory
        for component in path.components {
            guard kind == .directory else { return false }
            place = place.appending(path: component)
            guard try Sys.exists(place) else { return false }
            kind = FileKind(try Sys.stat(place, followLinks: false).st_mode)
        }
        return kind == .regular
    }

    /// A file on its way to its place. The file it replaces waits in the staging folder, under the same name or another
    /// one.
    private struct Move {
        let from: ByteString
        let to: ByteString
        var replaced: ByteString?

        init(from: ByteString, to: ByteString) { (self.from, self.to) = (from, to) }

        /// A file that was removed.
        init(gone: ByteString, from place: ByteString) { (from, to, replaced) = (gone, place, gone) }

        func done() throws(SystemError) -> Move {
            var move = self
            if try Sys.exists(to) {
                do throws(SystemError) {
                    try Sys.rename(from, to: to, how: .exchanging)
                    move.replaced = from
                    return move
                } catch {
                    guard [ENOSYS, EINVAL, EOPNOTSUPP].contains(error.code) else { throw error }
                }
                let aside = from + ".old"
                try Sys.rename(to, to: aside)
                move.replaced = aside
            }
            do throws(SystemError) {
                try Sys.rename(from, to: to)
            } catch {
                if let replaced = move.replaced { try? Sys.rename(replaced, to: to) }
                throw error
            }
            return move
        }

        func undo() throws(SystemError) {
            if let replaced { try Sys.rename(replaced, to: to) } else { try Sys.unlink(to) }
        }
    }

    /// Removes the hidden folder, with everything that was not moved.
    private func removeStaging() { RemoveTree.discard(staging) }
}

/// Brings the content of one entry into the directory.
private final class DirectorySlot: PackSlot {
    private let writer: DirectoryPackWriter
    private let path: RelativePath
    private let file: Locked<File?>

    init(writer: DirectoryPackWriter, path: RelativePath, file: File?) {
        self.writer = writer
        self.path = path
        self.file = Locked(file)
    }

    /// Makes the file when its first byte comes.
    private func open() throws -> File {
        try file.withLock { file in
            if let file { return file }
            let fresh = try describing("could not write the pack '\(writer.path)'") { try writer.create(path) }
            file = fresh
            return fresh
        }
    }

    var destination: (descriptor: Int32, offset: Int64)? { (try? open()).map { ($0.descriptor, 0) } }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
        try Interruption.check()
        let file = try open()
        try describingWriting(of: file.path) { try Sys.writeAll(file.descriptor, bytes, at: offset) }
    }

    func restart() throws { try Sys.truncate(try open().descriptor, to: 0) }

    func content(size: Int64) throws -> FileSlice { FileSlice(file: try open(), offset: 0, length: size) }

    func finish(size: Int64) throws {
        try Interruption.check()
        let file = try open()
        // A local file may have become shorter while it was copied.
        try describingWriting(of: file.path) { try Sys.truncate(file.descriptor, to: size) }
        writer.finished(path, size: size)
        self.file.withLock { $0 = nil }
    }
}
