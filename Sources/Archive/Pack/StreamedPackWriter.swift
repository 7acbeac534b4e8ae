import LibC
import Support

/// Writes a pack as a tar to a pipe or device, where bytes can only be appended.
///
/// Contents come in any order and are kept in unnamed files. A thread writes each of them as soon as it and everything
/// before it is complete, and then closes its file. `window` keeps producers from running far ahead.
///
/// One member is held back until `finish`. Without it the rest is not a pack, so a run that fails has not written one.
public final class StreamedPackWriter: PackWriter {
    /// Where contents wait in unnamed files until everything before them is written.
    public struct Spool: Sendable {
        /// The folder in whose file system the files are made.
        let directory: ByteString
        /// How many bytes may wait, not counting the next content and those behind the member that is held back.
        let capacity: Int64

        public init(in directory: ByteString, capacity: Int64 = 256 << 20) {
            self.directory = directory
            self.capacity = capacity
        }
    }

    private let stream: Stream
    private let indices: [RelativePath: Int]
    private let completion: @Sendable () throws -> Void

    public var window: ReadAhead? { stream.window }

    /// - Parameters:
    ///   - spool: where contents wait that come before their turn.
    ///   - heldBack: the member that only `finish` writes, with everything behind it.
    ///   - compression: how the tar is compressed on the way; nil if it is not.
    ///   - completion: called by `finish` when everything is written; it makes the pack appear.
    /// - Throws: `Failure` if two entries have the same path.
    public init(
        _ entries: [PackEntry], to output: File, compression: PackCompression? = nil, spool: Spool,
        heldBack: RelativePath, completion: @escaping @Sendable () throws -> Void = {}
    ) throws {
        let items = try PackOrder(entries).items
        var indices: [RelativePath: Int] = [:]
        for (index, item) in items.enumerated() {
            if case .file(let entry) = item { indices[entry.path] = index }
        }
        self.indices = indices
        self.completion = completion
        let plain = DescriptorSink(output)
        let sink: any ByteSink =
            try compression.map { try CompressingSink(plain, $0, threads: WorkerPool.usableCPUs) } ?? plain
        stream = Stream(
            items, sink, path: output.path, spool: spool, heldBack: indices[heldBack] ?? items.count)
        let stream = stream
        guard let thread = startThread({ stream.run() }) else {
            throw Failure("could not start a thread that writes '\(output.path)'")
        }
        // The thread may be blocked in a write to a pipe that nobody reads. After an error elsewhere that is no reason
        // to wait for it.
        pthread_detach(thread)
    }

    deinit { stream.abandon() }

    public func slot(for path: RelativePath) throws -> any PackSlot {
        guard let index = indices[path] else { throw Failure("'\(path)' is no file of the pack") }
        return StreamSlot(stream: stream, index: index)
    }

    public func finish() throws -> Int64 {
        let size = try stream.finish()
        try completion()
        return size
    }
}

/// What the slots, the writer and its thread share.
private final class Stream: Sendable {
    let window: ReadAhead
    private let items: [PackOrder.Item]
    private let output: any ByteSink
    /// The path of the output, for messages.
    private let path: ByteString
    private let spool: StreamedPackWriter.Spool
    private let heldBack: Int
    private let state = WaitableState(State())

    private struct State {
        /// Contents that are complete but not written yet, by the number of their entry.
        var contents: [Int: FileSlice] = [:]
        var isFinishing = false
        var isAbandoned = false
        var result: Result<Int64, any Error>?
    }

    private struct Abandoned: Error {}

    init(
        _ items: [PackOrder.Item], _ output: any ByteSink, path: ByteString, spool: StreamedPackWriter.Spool,
        heldBack: Int
    ) {
        self.items = items
        self.output = output
        self.path = path
        self.spool = spool
        self.heldBack = heldBack
        window = ReadAhead(capacity: spool.capacity, mostItems: 256, freeFrom: heldBack)
    }

    func abandon() { state.change { $0.isAbandoned = true } }

    func makeSpool() throws -> File { try UnlinkedFile.make(in: spool.directory, describedAs: path) }

    func completed(_ index: Int, _ contents: FileSlice) { state.change { $0.contents[index] = contents } }

    func finish() throws -> Int64 {
        state.change { $0.isFinishing = true }
        return try state.wait { state in
            try Interruption.check()
            return state.result
        }.get()
    }

    // MARK: The thread that writes

    func run() {
        let result = Result {
            try describingWriting(of: path) { try writeAll() }
        }
        if case .failure(let error) = result { window.fail(error) }
        state.change { $0.result = result }
    }

    private func writeAll() throws -> Int64 {
        for (index, item) in items.enumerated() {
            window.advance(to: index)
            switch item {
            case .directory(let path):
                try waitForTurn(index)
                try write(TarHeaderBytes.directory(path))
            case .file(let entry):
                if case .bytes(let bytes) = entry.contents {
                    try waitForTurn(index)
                    try write(TarHeaderBytes.file(entry.path, size: Int64(bytes.count)) + bytes)
                    try writePadding(after: Int64(bytes.count))
                } else {
                    let contents = try waitForContents(index, entry.path)
                    try write(TarHeaderBytes.file(entry.path, size: contents.length))
                    try contents.forEachChunk(size: 1 << 20) { bytes in
                        if state.read({ $0.isAbandoned }) { throw Abandoned() }
                        try output.write(bytes)
                    }
                    try writePadding(after: contents.length)
                }
            }
        }
        try write([UInt8](repeating: 0, count: Int(TarHeaderBytes.endSize)))
        return try output.finish()
    }

    private func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try output.write($0) } }

    private func writePadding(after size: Int64) throws {
        try write([UInt8](repeating: 0, count: TarHeaderBytes.padding(after: size)))
    }

    private func waitForTurn(_ index: Int) throws {
        try state.wait { state in
            if state.isAbandoned { throw Abandoned() }
            return index < heldBack || state.isFinishing ? () : nil
        }
    }

    private func waitForContents(_ index: Int, _ path: RelativePath) throws -> FileSlice {
        try state.wait { state in
            if state.isAbandoned { throw Abandoned() }
            guard index < heldBack || state.isFinishing else { return nil }
            if let contents = state.contents.removeValue(forKey: index) { return contents }
            if state.isFinishing { throw Failure("nothing was written for '\(path)'") }
            return nil
        }
    }
}

/// Brings the content of one entry into the stream.
private final class StreamSlot: PackSlot {
    private let stream: Stream
    private let index: Int
    private let spool = Locked<File?>(nil)

    init(stream: Stream, index: Int) {
        self.stream = stream
        self.index = index
    }

    var position: Int? { index }

    /// Makes the file when the first byte comes.
    private func file() throws -> File {
        try spool.withLock { spool in
            if let file = spool { return file }
            let file = try stream.makeSpool()
            spool = file
            return file
        }
    }

    var destination: (descriptor: Int32, offset: Int64)? { (try? file()).map { ($0.descriptor, 0) } }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
        try Interruption.check()
        let file = try file()
        try describing("could not write the pack '\(file.path)'", remedy: .makeRoom) {
            try Sys.writeAll(file.descriptor, bytes, at: offset)
        }
    }

    func restart() throws {
        try spool.withLock { spool in
            if let file = spool { try Sys.truncate(file.descriptor, to: 0) }
        }
    }

    func finish(size: Int64) throws {
        try Interruption.check()
        stream.completed(index, FileSlice(file: try file(), offset: 0, length: size))
        spool.withLock { $0 = nil }
    }

    func content(size: Int64) throws -> FileSlice { FileSlice(file: try file(), offset: 0, length: size) }

    /// The given file is read when its turn comes.
    func fill(from contents: FileSlice) throws { stream.completed(index, contents) }
}
