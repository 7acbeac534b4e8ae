import Support

/// What is known of the running phase: fed with events, read by whoever shows it.
struct ProgressState {
    /// An item that has begun and not ended.
    struct Item: Equatable {
        let id: Int
        let name: String
        let total: Int64?
        var done: Int64 = 0
    }

    private(set) var name = ""
    private(set) var items = 0
    private(set) var endedItems = 0
    private(set) var total: Int64?
    private(set) var done: Int64 = 0
    /// In the order in which they began.
    private(set) var running: [Item] = []
    private(set) var isActive = false
    /// When the phase began, in seconds of the caller's clock.
    private(set) var began = 0.0

    mutating func apply(_ event: ProgressEvent, at now: Double) {
        switch event {
        case .phaseBegan(let name, let items, let bytes):
            self = ProgressState()
            (self.name, self.items, total) = (name.text, items, bytes)
            isActive = true
            began = now
        case .itemBegan(let id, let name, let bytes):
            running.append(Item(id: id, name: name.text, total: bytes))
        case .itemAdvanced(let id, let bytes):
            // A download that begins anew takes back what it counted.
            done = max(0, done + bytes)
            if let index = running.firstIndex(where: { $0.id == id }) {
                running[index].done = max(0, running[index].done + bytes)
            }
        case .itemEnded(let id), .itemFailed(let id, _):
            endedItems += 1
            running.removeAll { $0.id == id }
        case .phaseEnded: end()
        }
    }

    /// What an event speaks of; nil if that has not begun.
    func item(of event: ProgressEvent) -> Item? {
        switch event {
        case .itemAdvanced(let id, _), .itemEnded(let id), .itemFailed(let id, _): running.first { $0.id == id }
        default: nil
        }
    }

    /// What comes after this is of no phase.
    mutating func end() {
        isActive = false
        running = []
    }

    /// Whether the phase counts bytes, not only items.
    var hasBytes: Bool { total.map { $0 > 0 } ?? (done > 0) }

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
}

/// `0:09`, `12:30`, `1:02:03`.
func humanDuration(_ seconds: Int) -> String {
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60)
    return hours > 0 ? "\(hours):\(two(minutes)):\(two(seconds % 60))" : "\(minutes):\(two(seconds % 60))"
}
