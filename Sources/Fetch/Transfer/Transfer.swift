import CLibCurl
import CondaModel
import LibC
import Support

/// One file on its way from the network: what of it has arrived over all tries.
///
/// Lives on the engine's thread; only libcurl's callbacks and the engine touch it.
final class Transfer: CurlReceiver {
    let request: FetchRequest
    let url: WebURL
    private let reporter: any Reporter
    private let cache: PackageCache?
    /// Where it is kept in the cache.
    private let key: RelativePath?
    /// What is kept of it, if only the server can tell whether that is still the file.
    var kept: UnhashedDownload?
    /// What was kept is being copied.
    var copy: KeptCopy?

    private let hash: HashStream
    private let isChecked: Bool
    private var entry: CacheEntryWriter?
    /// Where the sink puts the file.
    private var destination: (descriptor: Int32, offset: Int64)?
    /// Bytes that were given to the sink since its last restart.
    private(set) var received: Int64 = 0
    /// What the server said identifies the content `received` is of.
    private var validator: String?

    /// Tries begun, redirects followed within the current one, and how often a whole file had the wrong hash.
    var tries = 0
    var redirects = 0
    var mismatches = 0
    var exchange: HTTPRequest?
    var limiter: RateLimiter?
    var isPaused = false
    /// Whether it counts in the window of the fetch already.
    var isAdmitted = false
    /// The mirrors of this file: which rule, which of its mirrors failed in this round, which never have the file.
    var mirrorRule: Int?
    var mirror: MirrorChoice?
    var failedMirrors: Set<Int> = []
    var deadMirrors: Set<Int> = []
    /// Whether each mirror had its turn: from then on slow ones are waited for.
    var hasAskedAllMirrors = false
    /// The server of the current exchange, when that began and in which period of the server's circuit.
    var origin = ""
    var began = 0.0
    var period = 0
    /// Whether the server's answer is noted.
    var hasNotedAnswer = false
    /// Why the last exchange broke off; nil if that is not known.
    var broken: FailureCause?
    /// What a proxy said no to.
    var refusal: FailureCause?
    /// Credentials that were fetched were refused once; they are fetched anew.
    var isRenewing = false
    var hasRenewed = false
    private(set) var head = ResponseHead()
    private var body = BodyUse.undecided
    /// The beginning of an error answer, for the `-vv` log.
    private(set) var errorBody: [UInt8] = []
    private(set) var problem: TransferProblem?
    /// How libcurl describes the end of the last exchange.
    var message = ""

    /// Whether the body begins as web pages do.
    private var beginsAsPage = false
    /// Whether what came instead of the file is a web page.
    var isPage: Bool { beginsAsPage || head["content-type"]?.lowercased().hasPrefix("text/html") ?? false }

    /// Bytes of the body of an answer that is not the file.
    private var discarded = 0
    private static let mostDiscarded = 64 << 10
    /// Where nobody says how large a file is.
    private static let mostWithoutSize: Int64 = 64 << 30

    /// What there was room for when the file began to come, if nobody says how large it is.
    private var room = Int64.max

    /// The most bytes the file may have.
    var mostBytes: Int64 { request.file.size ?? Self.mostWithoutSize }

    private enum BodyUse { case undecided, taking, discarding }

    init(
        request: FetchRequest, url: WebURL, cache: PackageCache?, kept: UnhashedDownload? = nil,
        reporter: any Reporter
    ) {
        self.request = request
        self.url = url
        self.cache = request.cacheKey == nil ? nil : cache
        self.kept = kept
        self.reporter = reporter
        hash = HashStream(request.file)
        isChecked = request.file.digests.isKnown
        key = isChecked ? request.cacheKey : UnhashedDownload.key(url, fileName: request.file.name)
    }

    /// Who hashes the file.
    func use(_ worker: HashWorker) { if isChecked { hash.use(worker) } }

    /// Whether a try can go on where the last one ended.
    var canResume: Bool { received > 0 && (validator != nil || isChecked) }

    /// Forgets the answer of the last exchange; what arrived of the file stays.
    func prepareForExchange() {
        head = ResponseHead()
        body = .undecided
        isPaused = false
        errorBody = []
        discarded = 0
        problem = nil
        refusal = nil
        broken = nil
        hasNotedAnswer = false
    }

    /// Header lines that ask for the rest of the file.
    var rangeHeaders: [String] {
        if let start = request.start, let size = request.file.size {
            let from = start + (canResume ? received : 0)
            return ["Range: bytes=\(from)-\(start + size - 1)"] + (validator.map { ["If-Range: \($0)"] } ?? [])
        }
        guard canResume else { return [] }
        return ["Range: bytes=\(received)-"] + (validator.map { ["If-Range: \($0)"] } ?? [])
    }

    /// What has been copied; it is not asked for again.
    func takeCopy() -> KeptCopy? {
        guard let copy else { return nil }
        (self.copy, kept) = (nil, nil)
        return copy
    }

    /// Header lines that ask for the file only if it is not the one that was kept.
    var conditions: [String] { received == 0 ? kept?.conditions ?? [] : [] }

    override func receiveHeader(_ line: UnsafeRawBufferPointer) { head.add(line) }

    override func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Receipt {
        if let limiter {
            guard limiter.wait <= 0 else {
                isPaused = true
                return .pause
            }
            limiter.count(bytes.count)
        }
        if body == .undecided {
            if head.status != 206 { beginsAsPage = Self.isBeginningOfPage(bytes) }
            guard decideBody() else { return .end }
        }
        if let code = Sys.injectedError(.receive, "receive \(request.file.name)"), code != EINTR {
            problem = .lost
            return .end
        }
        if body == .discarding {
            if errorBody.count < 1024 { errorBody.append(contentsOf: bytes.prefix(1024 - errorBody.count)) }
            discarded += bytes.count
            // The status suffices; the rest of the answer is only read so that the connection can be used again.
            if discarded <= Self.mostDiscarded { return .taken }
            problem = .enough
            return .end
        }
        guard Int64(bytes.count) <= mostBytes - received else {
            problem = .tooLong
            return .end
        }
        do {
            if Int64(bytes.count) > room - received { throw noRoom() }
            try request.sink.write(bytes, at: received)
        } catch {
            problem = .sink(error)
            return .end
        }
        if isChecked { hash.update(bytes, writtenTo: place(of: bytes.count)) }
        writeToCache(bytes)
        received += Int64(bytes.count)
        reporter.progress(.itemAdvanced(id: request.id, bytes: Int64(bytes.count)))
        return .taken
    }

    private static func isBeginningOfPage(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let text = String(decoding: bytes.prefix(64).drop { $0 <= 0x20 || $0 >= 0x80 }, as: UTF8.self).lowercased()
        return text.hasPrefix("<!doctype html") || text.hasPrefix("<html")
    }

    /// Where the sink has put the bytes it got last; nil if that is not known.
    private func place(of count: Int) -> (descriptor: Int32, offset: Int64)? {
        // If more came than expected, not all of it was written where it belongs.
        guard let size = request.file.size, received + Int64(count) <= size else {
            destination = nil
            return nil
        }
        if received == 0 { destination = request.sink.destination }
        return destination.map { ($0.descriptor, $0.offset + received) }
    }

    /// Looks at the head: is this the file, its rest, or something else?
    private func decideBody() -> Bool {
        switch head.status {
        case 200, 203:
            // The server sends the whole file although only a part was asked for.
            if request.start != nil {
                problem = .wrongRange
                return false
            }
            body = .taking
            if received > 0, !restart() { return false }
            validator = head.validator
            if request.file.size == nil { room = request.sink.freeSpace ?? .max }
            let contentLength = head["content-length"].flatMap { Int64($0) }
            if let length = contentLength, length > min(mostBytes, room) {
                problem = length > mostBytes ? .tooLong : .sink(noRoom(length))
                return false
            }
            if request.file.size == nil, let length = contentLength {
                reporter.progress(.itemSized(id: request.id, bytes: length))
            }
        case 206:
            guard let range = head.contentRange, canResume || request.start != nil,
                range.start == (request.start ?? 0) + (canResume ? received : 0)
            else {
                problem = .wrongRange
                return false
            }
            body = .taking
            if request.start != nil {
                if !canResume, received > 0, !restart() { return false }
                validator = head.validator
            }
        default:
            body = .discarding
        }
        return true
    }

    /// - Parameter size: how much the server says it sends; nil: more than there is room for.
    private func noRoom(_ size: Int64? = nil) -> Failure {
        Failure(
            "it has \(size.map { "\(humanSize($0))" } ?? "more"), and there is room for \(humanSize(room))",
            remedy: "Make room, or write to another place with -o; look whether the URL is right, too.")
    }

    /// Lets the file begin again; false if the sink cannot.
    @discardableResult
    func restart() -> Bool {
        do {
            try request.sink.restart()
            try entry?.restart()
        } catch {
            problem = .sink(error)
            return false
        }
        if received > 0 { reporter.progress(.itemAdvanced(id: request.id, bytes: -received)) }
        received = 0
        validator = nil
        hash.restart(request.file)
        return true
    }

    /// A cache that cannot be written to does not stop the download.
    private func writeToCache(_ bytes: UnsafeRawBufferPointer) {
        guard let cache, let key else { return }
        do {
            if received == 0, entry == nil { entry = try cache.beginEntry(key) }
            try entry?.write(bytes, at: received)
        } catch {
            entry = nil
            reporter.warn("could not write '\(key)' to the cache: \(error)")
        }
    }

    /// Calls `body` from another thread when the bytes that came are hashed; false if they are.
    func whenHashed(_ body: @escaping @Sendable () -> Void) -> Bool { hash.whenHashed(body) }

    /// The answer came to its regular end with a status that promises the file. Waits for the hash.
    ///
    /// - Throws: `RefusedAnswer` if it cannot be the file, else what the sink throws.
    func finish() throws -> HashMismatch? {
        if body == .undecided, !decideBody(), case .sink(let error) = problem { throw error }
        if let mismatch = try hash.finish() { return mismatch }
        if received == 0 { writeToCache(UnsafeRawBufferPointer(start: nil, count: 0)) }
        if !isChecked {
            do {
                try request.sink.examine(size: received)
            } catch {
                entry = nil
                throw RefusedAnswer(reason: error)
            }
        }
        do {
            try keep()
        } catch {
            reporter.warn("could not keep '\(request.file.name)' in the cache: \(error)")
        }
        entry = nil
        try request.sink.finish(size: received)
        return nil
    }

    /// Gives the entry of the cache its name.
    private func keep() throws {
        guard let entry, let cache, let key else { return }
        guard !isChecked else { return try entry.commit() }
        let note = UnhashedDownload.Note(
            etag: head["etag"], lastModified: head["last-modified"], sha256: try entry.sha256(), size: received,
            url: UnhashedDownload.digest(url))
        try entry.commit()
        try UnhashedDownload.write(note, besides: cache.path(of: key))
    }

    /// The error when what came could not be kept.
    func unwritten(_ cause: any Error) -> Failure { Failure("could not write '\(request.file.name)'", cause: cause) }

    /// Whether fewer bytes came than the lock file promises, although nothing else looks wrong.
    var isShort: Bool { request.file.size.map { received < $0 } ?? false }
}
