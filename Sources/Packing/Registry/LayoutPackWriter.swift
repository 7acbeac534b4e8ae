import Archive
import OCI
import Support

/// Writes a pack as blobs of an OCI layout: one for each file, called like its hash.
final class LayoutPackWriter: PackWriter {
    let layout: OCILayout
    private let entries: [PackEntry]
    private let state = Locked<[RelativePath: OCIDescriptor]>([:])

    init(_ entries: [PackEntry], to layout: OCILayout) throws {
        self.layout = layout
        self.entries = try PackOrder.files(entries)
        for entry in self.entries {
            guard case .bytes(let bytes) = entry.contents else { continue }
            note(entry.path, try layout.put(bytes, mediaType: PackArtifact.mediaType(of: entry.path)))
        }
    }

    func slot(for path: RelativePath) throws -> any PackSlot { LayoutSlot(writer: self, path: path) }

    fileprivate func note(_ path: RelativePath, _ blob: OCIDescriptor) { state.withLock { $0[path] = blob } }

    /// The files of the pack, by their names.
    var layers: [(path: RelativePath, blob: OCIDescriptor)] {
        let blobs = state.withLock { $0 }
        return entries.compactMap { entry in blobs[entry.path].map { (entry.path, $0) } }
    }

    func finish() throws -> Int64 {
        let blobs = state.withLock { $0 }
        for entry in entries where blobs[entry.path] == nil {
            throw Failure("nothing was written for '\(entry.path)'")
        }
        return blobs.values.reduce(0) { $0 &+ $1.size }
    }
}

/// Brings one file into the layout.
private final class LayoutSlot: PackSlot {
    private let writer: LayoutPackWriter
    private let path: RelativePath
    private let pending = Locked<PendingFile?>(nil)

    init(writer: LayoutPackWriter, path: RelativePath) {
        self.writer = writer
        self.path = path
    }

    /// Made when the first byte comes.
    private func file() throws -> PendingFile {
        try pending.withLock { pending in
            if let file = pending { return file }
            let file = try writer.layout.beginFile()
            pending = file
            return file
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
        try Interruption.check()
        let file = try file().file
        try describingWriting(of: path.bytes) { try Sys.writeAll(file.descriptor, bytes, at: offset) }
    }

    func restart() throws {
        try pending.withLock { pending in
            if let file = pending?.file { try Sys.truncate(file.descriptor, to: 0) }
        }
    }

    func finish(size: Int64) throws {
        try Interruption.check()
        let blob = try writer.layout.keep(try file(), size: size, mediaType: PackArtifact.mediaType(of: path))
        writer.note(path, blob)
        pending.withLock { $0 = nil }
    }

    var destination: (descriptor: Int32, offset: Int64)? { (try? file()).map { ($0.file.descriptor, 0) } }

    func content(size: Int64) throws -> FileSlice { FileSlice(file: try file().file, offset: 0, length: size) }
}
