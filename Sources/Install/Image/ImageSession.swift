import Archive
import Support

/// One worker's access to an image. What it writes is collected a little and sent to the stream of the part its step
/// belongs to.
final class ImageSession: EnvironmentSession {
    private let image: EnvironmentImage
    private var stream: ImageStream?
    private var turn = 0
    private var date: Int64 = 0
    private var batch: ImageBatch?
    /// What this step has written: nothing can be replaced.
    private var paths: Set<PrefixPath> = []
    /// Where files that byte code is made of are written as well.
    private let side: PrefixSession?

    init(_ image: EnvironmentImage) {
        self.image = image
        side = image.byteCode?.session()
    }

    /// Access to the folder of `ImageByteCode`, for a path that is written there as well.
    private func side(for path: PrefixPath) -> PrefixSession? {
        image.byteCode?.isWanted(path) == true ? side : nil
    }

    private func isReplaced(_ path: PrefixPath) -> Bool { image.byteCode?.isReplaced(path) ?? false }

    var isStream: Bool { true }
    func masked(_ mode: UInt32) -> UInt32 { mode & ~EnvironmentImage.umask }

    func begin(part: Int, turn: Int) {
        stream = image.stream(part)
        self.turn = turn
        date = image.date(of: part)
        (batch, paths) = (nil, [])
    }

    func end() throws {
        try flush()
        try stream?.end(turn)
        stream = nil
    }

    func create(
        _ path: PrefixPath, mode: UInt32, size: Int64?, time: Int64?, appears: PrefixSession.Appearance
    ) throws -> PrefixFile {
        if isReplaced(path) { return PrefixFile.discarding(path) }
        let mode = mode & ~(EnvironmentImage.umask & 0o022)
        let file = ImageFile(path, mode: mode, size: size, time: time, session: self)
        if let side = side(for: path) { file.copy = try side.create(path, mode: mode | 0o600) }
        return PrefixFile(file, path: path)
    }

    func makeSymbolicLink(_ path: PrefixPath, target: ByteString, time: Int64?) throws {
        try side(for: path)?.makeSymbolicLink(path, target: target, time: time)
        try add(path, .symlink(target), mode: 0o777, time: time)
    }

    func makeHardLink(_ path: PrefixPath, to existing: PrefixPath) throws {
        if path == existing || isReplaced(path) { return }
        if isReplaced(existing) {
            throw Failure(
                "'\(path)' is another name of byte code that is compiled again",
                remedy: "Compile with --compile-pyc=timestamp, which keeps the byte code of packages.")
        }
        if let side = side(for: path), try side.status(existing) != nil { try side.makeHardLink(path, to: existing) }
        try add(path, .hardlink(image.place(of: existing)), mode: 0o644, time: nil)
    }

    /// Files of an image are not changed, so a hard link is as good as a copy.
    func copyFile(_ existing: PrefixPath, to path: PrefixPath, mode: UInt32, time: Int64?) throws {
        try makeHardLink(path, to: existing)
    }

    func makeDirectory(_ path: PrefixPath) throws {
        try send(ImageEntry(path: image.place(of: path), kind: .directory, mode: 0o755, time: date))
    }

    func setTime(_ path: PrefixPath, _ time: Int64) {}

    /// A file that lies beside the environment in the image.
    func write(beside path: RelativePath, _ bytes: [UInt8], mode: UInt32) throws {
        try send(ImageEntry(path: path, kind: .file(Int64(bytes.count)), mode: mode, time: date))
        try bytes.withUnsafeBytes { try write($0) }
    }

    /// Byte code that was made for the image.
    func write(compiled path: PrefixPath, _ bytes: UnsafeRawBufferPointer) throws {
        try add(path, .file(Int64(bytes.count)), mode: 0o644, time: nil)
        try write(bytes)
    }

    // MARK: For files

    /// The time of what has none of its own.
    var usualTime: Int64 { date }

    func add(_ path: PrefixPath, _ kind: ImageEntry.Kind, mode: UInt32, time: Int64?) throws {
        guard paths.insert(path).inserted else {
            throw Failure(
                "'\(path)' is there twice, and an image cannot replace what it has",
                remedy: "Unpack to a folder, or take another version or build of the package.")
        }
        try send(ImageEntry(path: image.place(of: path), kind: kind, mode: mode, time: time ?? date))
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let batch = begun()
            rest = rest.dropFirst(batch.add(UnsafeRawBufferPointer(rebasing: rest)))
            if batch.isFull { try flush() }
        }
    }

    /// Keeps the content of files that the activation is made from.
    func note(_ path: PrefixPath, _ bytes: UnsafeRawBufferPointer) { image.note(path, bytes) }

    private func send(_ entry: ImageEntry) throws {
        let batch = begun()
        batch.add(entry)
        if batch.isFull { try flush() }
    }

    private func begun() -> ImageBatch {
        if let batch { return batch }
        let new = ImageBatch(in: image.memory)
        batch = new
        return new
    }

    private func flush() throws {
        guard let full = batch, !full.isEmpty else { return }
        guard let stream else { throw Failure("nothing can be written outside of a step") }
        batch = nil
        try stream.send(full, turn: turn)
    }
}
