import LibC
import Support

/// Hashes downloads on a thread of its own, so that the one that drives them is not held up: without hardware for it,
/// SHA-256 is slower than a fast network. Pieces of different downloads are hashed at once where the processor can.
///
/// What was written to a file is read from there again, out of the system's memory: so much may wait without costing
/// any of ours that there are many downloads to take pieces of.
final class HashWorker: @unchecked Sendable {
    /// Bytes hashed at once of one download.
    static let pieceSize = 32 << 10
    /// Bytes that may wait, in files and in memory; whoever brings more waits instead.
    private static let fileCapacity: Int64 = 256 << 20
    private static let memoryCapacity = 4 << 20

    private let mutex = Mutex()
    /// Streams with something to hash, each once; none of those that are being hashed.
    private var ready: [HashStream] = []
    private var fileBytes: Int64 = 0
    private var memoryBytes = 0
    private var isClosed = false
    private var thread: pthread_t?
    /// The worker's own, for what it reads from files.
    private let buffer = UnsafeMutableRawBufferPointer.allocate(
        byteCount: HashWorker.pieceSize * max(1, SHA256Lanes.count), alignment: 4096)

    deinit { buffer.deallocate() }

    /// As many as keep up with one thread of downloads.
    static var usualCount: Int { SHA256Lanes.count > 0 ? 1 : min(4, WorkerPool.usableCPUs) }

    /// Ends the thread; what it has not hashed is of no use any more.
    func close() {
        withLock {
            isClosed = true
            ready = []
        }
        if let thread { joinThread(thread) }
        thread = nil
    }

    /// Work for the end of a stream.
    fileprivate func add(_ part: HashStream.Part, to stream: HashStream) {
        if thread == nil { thread = startThread { self.work() } }
        guard thread != nil else { return hashNow(part, of: stream) }
        mutex.lock()
        while fileBytes >= HashWorker.fileCapacity || memoryBytes >= HashWorker.memoryCapacity {
            mutex.wait()
        }
        switch part {
        case .file(_, _, let count): fileBytes += Int64(count)
        case .memory(let bytes): memoryBytes += bytes.count
        }
        stream.append(part)
        if enqueue(stream) { mutex.broadcast() }
        mutex.unlock()
    }

    private func hashNow(_ part: HashStream.Part, of stream: HashStream) {
        stream.append(part)
        stream.isEnding = true
        while let piece = stream.take() { hash([stream], [piece]) }
        stream.isEnding = false
    }

    /// Waits until everything given for the stream is hashed.
    fileprivate func drain(_ stream: HashStream) {
        withLock {
            end(stream)
            // The worker may be asleep, and what it had to do before was less than a piece.
            mutex.broadcast()
            while !stream.isIdle { mutex.wait() }
            stream.isEnding = false
        }
    }

    /// Calls `body` from the worker's thread when everything given for the stream is hashed; false if it is already.
    fileprivate func whenIdle(_ stream: HashStream, _ body: @escaping @Sendable () -> Void) -> Bool {
        withLock {
            end(stream)
            if !stream.isIdle { stream.atEnd = body }
            return !stream.isIdle
        }
    }

    private func withLock<Result>(_ body: () -> Result) -> Result {
        mutex.lock()
        defer {
            mutex.broadcast()
            mutex.unlock()
        }
        return body()
    }

    /// Less than a piece is worth hashing now, nothing follows.
    private func end(_ stream: HashStream) {
        stream.isEnding = true
        _ = enqueue(stream)
    }

    /// Whether the stream is newly ready.
    private func enqueue(_ stream: HashStream) -> Bool {
        guard stream.isReady, !stream.isQueued else { return false }
        stream.isQueued = true
        ready.append(stream)
        return true
    }

    private func work() {
        mutex.lock()
        while true {
            while ready.isEmpty, !isClosed { mutex.wait() }
            if isClosed { break }
            // The longest first: they would be alone at the end.
            ready.sort { $0.expectedSize > $1.expectedSize }
            let streams = Array(ready.prefix(max(1, SHA256Lanes.count)))
            ready.removeFirst(streams.count)
            let pieces = streams.map { $0.take() ?? .memory([]) }
            mutex.unlock()
            hash(streams, pieces)
            mutex.lock()
            var ended: [@Sendable () -> Void] = []
            for (stream, piece) in zip(streams, pieces) {
                switch piece {
                case .file(_, _, let count): fileBytes -= Int64(count)
                case .memory(let bytes): memoryBytes -= bytes.count
                }
                stream.isQueued = false
                if !enqueue(stream), stream.isIdle, let atEnd = stream.atEnd {
                    ended.append(atEnd)
                    stream.atEnd = nil
                }
            }
            mutex.broadcast()
            guard !ended.isEmpty else { continue }
            mutex.unlock()
            for body in ended { body() }
            mutex.lock()
        }
        mutex.unlock()
    }

    /// Hashes one piece of each stream. Called without the mutex: nobody else touches these streams' hashes.
    private func hash(_ streams: [HashStream], _ pieces: [HashStream.Part]) {
        var bytes: [UnsafeRawBufferPointer] = []
        for (index, piece) in pieces.enumerated() {
            let start = index * HashWorker.pieceSize
            let place = UnsafeMutableRawBufferPointer(rebasing: buffer[start..<(start + HashWorker.pieceSize)])
            bytes.append(streams[index].read(piece, into: place))
        }
        var hashers = streams.compactMap(\.verifier.sha256)
        guard hashers.count == streams.count else {
            for (stream, bytes) in zip(streams, bytes) { stream.verifier.update(bytes) }
            return
        }
        SHA256Lanes.update(&hashers, bytes)
        for (hasher, stream) in zip(hashers, streams) { stream.verifier.sha256 = hasher }
    }
}

/// The hash of one download. Only one thread gives it bytes; the worker hashes what is handed over.
final class HashStream: @unchecked Sendable {
    /// Bytes to hash.
    fileprivate enum Part {
        /// They were written there.
        case file(descriptor: Int32, offset: Int64, count: Int)
        /// At most a piece.
        case memory([UInt8])
    }

    // Touched by the worker only while the stream is not idle, else by the thread that gives the bytes.
    fileprivate var verifier: ContentVerifier
    private var failure: (any Error)?
    // Guarded by the worker's mutex: what it has to do, whether it knows or does it now, whether nothing follows for the
    // time being, whom it tells when all is done.
    private var waiting: [Part] = []
    fileprivate var isQueued = false
    fileprivate var isEnding = false
    fileprivate var atEnd: (@Sendable () -> Void)?
    /// Less than a piece, not handed over yet.
    private var piece: [UInt8] = []
    private var worker: HashWorker?

    /// How long the file is; what waits in memory, as nobody knows, comes first.
    fileprivate let expectedSize: Int64

    init(_ file: WantedFile) {
        verifier = ContentVerifier(file.digests)
        expectedSize = file.size ?? .max
    }

    /// Who hashes; set once, before any bytes.
    func use(_ worker: HashWorker) { if self.worker == nil { self.worker = worker } }

    /// The next bytes, which are to be found in `file` as well if that is given.
    func update(_ bytes: UnsafeRawBufferPointer, writtenTo file: (descriptor: Int32, offset: Int64)?) {
        guard let worker else { return verifier.update(bytes) }
        if let file, piece.isEmpty {
            return worker.add(
                .file(descriptor: file.descriptor, offset: file.offset, count: bytes.count), to: self)
        }
        var rest = bytes
        while !rest.isEmpty {
            let count = min(rest.count, HashWorker.pieceSize - piece.count)
            if piece.isEmpty { piece.reserveCapacity(HashWorker.pieceSize) }
            piece.append(contentsOf: rest[..<count])
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            guard piece.count == HashWorker.pieceSize else { return }
            worker.add(.memory(piece), to: self)
            piece = []
        }
    }

    /// Begins again.
    func restart(_ file: WantedFile) {
        worker?.drain(self)
        piece = []
        failure = nil
        verifier = ContentVerifier(file.digests)
    }

    /// Calls `body` from another thread when `finish` need not wait any more; false if it need not now.
    func whenHashed(_ body: @escaping @Sendable () -> Void) -> Bool { worker?.whenIdle(self, body) ?? false }

    /// The two digests if they differ.
    ///
    /// - Throws: the error of a file that could not be read again.
    func finish() throws -> HashMismatch? {
        worker?.drain(self)
        piece.withUnsafeBytes { verifier.update($0) }
        piece = []
        if let failure { throw failure }
        return verifier.finish()
    }

    // MARK: For the worker

    fileprivate var isIdle: Bool { waiting.isEmpty && !isQueued }

    /// Whether there is a piece, or the rest.
    fileprivate var isReady: Bool {
        switch waiting.first {
        case .file(_, _, let count): count >= HashWorker.pieceSize || isEnding || waiting.count > 1
        case .memory: true
        case nil: false
        }
    }

    fileprivate func append(_ part: Part) {
        if case .file(let descriptor, let offset, let count) = part,
            case .file(descriptor, let start, let known) = waiting.last, start + Int64(known) == offset
        {
            waiting[waiting.count - 1] = .file(descriptor: descriptor, offset: start, count: known + count)
        } else {
            waiting.append(part)
        }
    }

    /// Takes a piece off the front.
    fileprivate func take() -> Part? {
        guard let first = waiting.first else { return nil }
        guard case .file(let descriptor, let offset, let count) = first, count > HashWorker.pieceSize else {
            waiting.removeFirst()
            return first
        }
        let size = HashWorker.pieceSize
        waiting[0] = .file(descriptor: descriptor, offset: offset + Int64(size), count: count - size)
        return .file(descriptor: descriptor, offset: offset, count: size)
    }

    /// The bytes of a piece, read into `place`.
    fileprivate func read(_ part: Part, into place: UnsafeMutableRawBufferPointer) -> UnsafeRawBufferPointer {
        switch part {
        case .memory(let bytes):
            place.copyBytes(from: bytes)
            return UnsafeRawBufferPointer(rebasing: place[..<bytes.count])
        case .file(let descriptor, let offset, let count):
            var position = 0
            do {
                while position < count {
                    let read = try Sys.read(
                        descriptor, into: UnsafeMutableRawBufferPointer(rebasing: place[position..<count]),
                        at: offset + Int64(position))
                    guard read > 0 else { throw Failure("it became shorter while it was written") }
                    position += read
                }
            } catch {
                failure = failure ?? Failure("could not read again what was written", cause: error)
            }
            return UnsafeRawBufferPointer(rebasing: place[..<position])
        }
    }
}
