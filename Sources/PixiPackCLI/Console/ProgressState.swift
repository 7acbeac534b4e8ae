import Support

/// What is known of the running phase: fed with events, read by whoever shows it.
struct ProgressState {
    /// An item that has begun and not ended.
    struct Item: Equatable {
        let id: Int
        let name: String
        var total: Int64?
        var done: Int64 = 0
        /// The server that was asked for it last.
        var server: String?
        /// When it began, was asked for, or bytes of it came last.
        var heard: Double
        /// Why nothing happens to it.
        var wait: Wait?

        /// Whole seconds in which nothing came of it; nil if it is no download or they are few.
        func silence(at now: Double) -> Int? {
            guard server != nil, wait == nil, now - heard >= ProgressState.patience else { return nil }
            return Int(now - heard)
        }
    }

    /// What an item waits for.
    struct Wait: Equatable {
        let reason: String
        /// The next try and the most there may be.
        let next: Int?
        let tries: Int
        /// When it goes on.
        let until: Double?

        /// `try 2 of 4 in 3 s`
        func text(at now: Double) -> String {
            let left = until.map { Int(max(0, $0 - now).rounded(.up)) } ?? 0
            return (next.map { "try \($0) of \(tries)" } ?? "waits") + (left > 0 ? " in \(left) s" : "")
        }
    }

    /// Seconds without a byte that are worth a word.
    static let patience = 3.0

    private(set) var name = ""
    private(set) var items = 0
    private(set) var endedItems = 0
    /// The bytes of all items whose size is known; nil: none are counted.
    private(set) var sized: Int64?
    /// How many items have not told their size.
    private(set) var unsized = 0
    private(set) var done: Int64 = 0
    /// In the order in which they began.
    private(set) var running: [Item] = []
    private(set) var isActive = false
    /// When the phase began, in seconds of the caller's clock.
    private(set) var began = 0.0
    /// What came of each server since the last look.
    private var heard: [String: Int64] = [:]
    private var lastLook = 0.0

    mutating func apply(_ event: ProgressEvent, at now: Double) {
        switch event {
        case .phaseBegan(let name, let items, let bytes, let unsized):
            self = ProgressState()
            (self.name, self.items, sized, self.unsized) = (name.text, items, bytes, unsized)
            isActive = true
            (began, lastLook) = (now, now)
        case .itemBegan(let id, let name, let bytes):
            // It may begin a second time, from another place.
            guard !running.contains(where: { $0.id == id }) else { return }
            running.append(Item(id: id, name: name.text, total: bytes, heard: now))
        case .itemSized(let id, let bytes):
            if let index = place(of: id) { size(index, bytes) }
        case .itemAsked(let id, let server):
            guard let index = place(of: id) else { return }
            (running[index].server, running[index].heard, running[index].wait) = (server.text, now, nil)
        case .itemWaiting(let id, let reason, let next, let tries, let seconds):
            guard let index = place(of: id) else { return }
            running[index].wait = Wait(
                reason: reason.text, next: next, tries: tries, until: seconds.map { now + $0 })
        case .itemAdvanced(let id, let bytes):
            // A download that begins anew takes back what it counted.
            done = max(0, done + bytes)
            guard let index = place(of: id) else { return }
            running[index].done = max(0, running[index].done + bytes)
            running[index].heard = now
            if let server = running[index].server, bytes > 0 { heard[server, default: 0] += bytes }
        case .itemEnded(let id): end(id)
        case .itemFailed(let id, _):
            // The bytes that are still missing will not come any more.
            if let index = place(of: id), running[index].total != nil { size(index, running[index].done) }
            end(id)
        case .phaseEnded: end()
        }
    }

    private func place(of id: Int) -> Int? { running.firstIndex { $0.id == id } }

    /// An item has so many bytes.
    private mutating func size(_ index: Int, _ bytes: Int64) {
        if let known = running[index].total {
            sized = sized.map { $0 &+ bytes &- known }
        } else {
            sized = (sized ?? 0) &+ bytes
            unsized = max(0, unsized - 1)
        }
        running[index].total = bytes
    }

    private mutating func end(_ id: Int) {
        endedItems += 1
        guard let index = place(of: id) else { return }
        // Now that it has ended its size is known.
        if running[index].total == nil, unsized > 0 { size(index, running[index].done) }
        running.remove(at: index)
    }

    /// What an event speaks of; nil if that has not begun.
    func item(of event: ProgressEvent) -> Item? {
        switch event {
        case .itemSized(let id, _), .itemAsked(let id, _), .itemWaiting(let id, _, _, _, _), .itemAdvanced(let id, _),
            .itemEnded(let id), .itemFailed(let id, _):
            running.first { $0.id == id }
        case .phaseBegan, .itemBegan, .phaseEnded: nil
        }
    }

    /// What comes after this is of no phase.
    mutating func end() {
        isActive = false
        running = []
    }

    /// The bytes of the whole phase; nil while that is not known.
    var total: Int64? { unsized > 0 ? nil : sized }

    /// Whether the phase counts bytes, not only items.
    var hasBytes: Bool { total.map { $0 > 0 } ?? (done > 0 || unsized > 0) }

    /// Whole seconds since the phase began.
    func elapsed(at now: Double) -> Int { Int(max(0, now - began).rounded()) }

    /// Bytes per second since the phase began; nil in its first half second.
    func rate(at now: Double) -> Double? {
        let elapsed = now - began
        return elapsed < 0.5 ? nil : Double(done) / elapsed
    }

    /// Seconds left at the rate so far; nil while nothing can be said.
    func remaining(at now: Double) -> Int? {
        guard let total, let rate = rate(at: now), rate > 0, total >= done else { return nil }
        let seconds = (Double(total - done) / rate).rounded(.up)
        return seconds < 360_000 ? Int(seconds) : nil
    }

    /// The done part of the whole, 0…1; by bytes where their number is known, else by items.
    var fraction: Double {
        if let total, total > 0 { return min(1, Double(done) / Double(total)) }
        return items > 0 ? min(1, Double(endedItems) / Double(items)) : 0
    }

    /// The server that gives least to each of its downloads since the last look.
    struct Slowest: Equatable {
        let server: String
        let downloads: Int
        /// Bytes per second.
        let rate: Double
    }

    /// Which server is the slowest one at work; begins a new look.
    mutating func takeSlowest(at now: Double) -> Slowest? {
        let seconds = max(now - lastLook, 0.001)
        var downloads: [String: Int] = [:]
        for item in running where item.wait == nil {
            if let server = item.server { downloads[server, default: 0] += 1 }
        }
        let slowest = downloads.map { server, count in
            Slowest(server: server, downloads: count, rate: Double(heard[server] ?? 0) / seconds)
        }.min { ($0.rate / Double($0.downloads), $0.server) < ($1.rate / Double($1.downloads), $1.server) }
        (heard, lastLook) = ([:], now)
        return slowest
    }
}

/// `0:09`, `12:30`, `1:02:03`.
func humanDuration(_ seconds: Int) -> String {
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60)
    return hours > 0 ? "\(hours):\(two(minutes)):\(two(seconds % 60))" : "\(minutes):\(two(seconds % 60))"
}
