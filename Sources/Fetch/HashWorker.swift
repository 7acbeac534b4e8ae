import Support

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Hashes downloads on a thread of its own, so that the one that drives them is not held up: without hardware for it,
/// SHA-256 is slower than a fast network.
final class HashWorker: @unchecked Sendable {
    /// Bytes that may wait; whoever brings more waits instead.
    private static let capacity = 4 << 20

    private var mutex = pthread_mutex_t()
    private var changed = pthread_cond_t()
    private var queue: [(stream: HashStream, bytes: [UInt8])] = []
    private var waitingBytes = 0
    private var isClosed = false
    private var thread: pthread_t?

    init() {
        pthread_mutex_init(&mutex, nil)
        pthread_cond_init(&changed, nil)
    }

    deinit {
        pthread_cond_destroy(&changed)
        pthread_mutex_destroy(&mutex)
    }

    /// Ends the thread when it has nothing left to do.
    func close() {
        pthread_mutex_lock(&mutex)
        isClosed = true
        pthread_cond_broadcast(&changed)
        pthread_mutex_unlock(&mutex)
        if let thread { joinThread(thread) }
        thread = nil
    }

    /// Bytes for the end of a stream; they are hashed in the order they come.
    fileprivate func add(_ bytes: [UInt8], to stream: HashStream) {
        if thread == nil { thread = startThread { self.work() } }
        guard thread != nil else { return bytes.withUnsafeBytes { stream.verifier.update($0) } }
        pthread_mutex_lock(&mutex)
        while waitingBytes >= HashWorker.capacity { pthread_cond_wait(&changed, &mutex) }
        queue.append((stream, bytes))
        stream.waiting += 1
        waitingBytes += bytes.count
        pthread_cond_broadcast(&changed)
        pthread_mutex_unlock(&mutex)
    }

    /// Waits until everything given for the stream is hashed.
    fileprivate func drain(_ stream: HashStream) {
        pthread_mutex_lock(&mutex)
        while stream.waiting > 0 { pthread_cond_wait(&changed, &mutex) }
        pthread_mutex_unlock(&mutex)
    }

    private func work() {
        pthread_mutex_lock(&mutex)
        while true {
            while queue.isEmpty, !isClosed { pthread_cond_wait(&changed, &mutex) }
            if queue.isEmpty { break }
            let batch = queue
            queue = []
            pthread_mutex_unlock(&mutex)
            for (stream, bytes) in batch {
                bytes.withUnsafeBytes { stream.verifier.update($0) }
                pthread_mutex_lock(&mutex)
                stream.waiting -= 1
                waitingBytes -= bytes.count
                pthread_cond_broadcast(&changed)
                pthread_mutex_unlock(&mutex)
            }
            pthread_mutex_lock(&mutex)
        }
        pthread_mutex_unlock(&mutex)
    }
}

/// The hash of one download. Only one thread gives it bytes; the worker hashes what is handed over.
final class HashStream: @unchecked Sendable {
    private static let pieceSize = 64 << 10

    // Touched by the worker only while `waiting` is not zero, else by the thread that gives the bytes.
    fileprivate var verifier: ContentVerifier
    /// Pieces the worker still has; guarded by its mutex.
    fileprivate var waiting = 0
    private var piece: [UInt8] = []
    private var worker: HashWorker?

    init(_ request: FetchRequest) { verifier = ContentVerifier(request) }

    /// Who hashes larger files; set once, before any bytes.
    func use(_ worker: HashWorker) { if self.worker == nil { self.worker = worker } }

    func update(_ bytes: UnsafeRawBufferPointer) {
        guard worker != nil else { return verifier.update(bytes) }
        piece.append(contentsOf: bytes)
        guard piece.count >= HashStream.pieceSize, let worker else { return }
        worker.add(piece, to: self)
        piece = []
        piece.reserveCapacity(HashStream.pieceSize + (16 << 10))
    }

    /// Begins again.
    func restart(_ request: FetchRequest) {
        worker?.drain(self)
        piece = []
        verifier = ContentVerifier(request)
    }

    /// The two digests if they differ.
    func finish() -> HashMismatch? {
        worker?.drain(self)
        piece.withUnsafeBytes { verifier.update($0) }
        piece = []
        return verifier.finish()
    }
}
