import Support

/// Shows the progress of a phase: live lines on a terminal, a plain line now and then elsewhere, JSON lines for programs.
///
/// Draws when something happens or at a tick, and at most ten times a second. Messages go through it (`print`), so that
/// they never mix with the live lines.
final class ProgressDisplay: Sendable {
    enum Style: Sendable {
        /// Lines that are drawn again in place.
        case live
        /// A line at the start, every ten seconds, and at the end.
        case plain
        /// One JSON object a line (`--json-progress`).
        case json
        case none
    }

    /// The seconds between two drawings on a terminal, and between two plain lines.
    static let liveInterval = 0.1
    static let plainInterval = 10.0

    private struct State {
        var progress = ProgressState()
        var drawn: [String] = []
        var lastDrawn = -Double.infinity
    }

    private let style: Style
    private let state = Locked(State())
    private let write: @Sendable (String) -> Void
    private let now: @Sendable () -> Double
    private let size: @Sendable () -> (columns: Int, rows: Int)

    /// - Parameters:
    ///   - write: puts text on the terminal or into the log.
    ///   - now: seconds of a clock that never goes back.
    ///   - size: of the terminal, asked for at every drawing, so that a resized window is drawn right.
    init(
        style: Style, write: @escaping @Sendable (String) -> Void, now: @escaping @Sendable () -> Double,
        size: @escaping @Sendable () -> (columns: Int, rows: Int)
    ) {
        self.style = style
        self.write = write
        self.now = now
        self.size = size
    }

    /// Prints a line for a person, above the live lines.
    func print(_ line: String) {
        state.withLock { state in
            write(erasure(&state) + line + "\n")
            if style == .live, state.progress.isActive { draw(&state) }
        }
    }

    /// Removes the live lines for good, for example before an error is printed.
    func clear() {
        state.withLock { state in
            state.progress.end()
            let text = erasure(&state)
            if !text.isEmpty { write(text) }
        }
    }

    func apply(_ event: ProgressEvent) {
        if style == .none { return }
        state.withLock { state in
            let time = now()
            // What is fetched on the way to something else belongs to no phase.
            if case .phaseBegan = event {} else if !state.progress.isActive { return }
            let item = state.progress.item(of: event)
            state.progress.apply(event, at: time)
            switch style {
            case .live: live(event, &state, time)
            case .plain: plain(event, &state, time)
            case .json: json(event, item: item, &state, time)
            case .none: break
            }
        }
    }

    /// Whether the display says something of its own accord.
    var needsTicks: Bool { style == .live || style == .plain }

    /// Shows how time goes by; called a few times a second.
    func tick() {
        state.withLock { state in
            guard state.progress.isActive else { return }
            let time = now()
            switch style {
            case .live where time - state.lastDrawn >= ProgressDisplay.liveInterval: draw(&state)
            case .plain: plainNow(&state, time)
            default: break
            }
        }
    }

    // MARK: Live lines

    private func live(_ event: ProgressEvent, _ state: inout State, _ time: Double) {
        if case .phaseEnded = event {
            let text = erasure(&state)
            if !text.isEmpty { write(text) }
            state.lastDrawn = -.infinity
            return
        }
        guard time - state.lastDrawn >= ProgressDisplay.liveInterval else { return }
        draw(&state)
    }

    /// One write per drawing: the terminal never shows half of it.
    private func draw(_ state: inout State) {
        let (columns, rows) = size()
        let time = now()
        let lines = ProgressDisplay.lines(of: state.progress, at: time, columns: columns, rows: rows)
        state.lastDrawn = time
        if lines == state.drawn { return }
        write(erasure(&state) + lines.map { $0 + "\n" }.joined())
        state.drawn = lines
    }

    /// Terminals wrap what is wider than a window that has become narrower: each line then stands in several.
    private func erasure(_ state: inout State) -> String {
        defer { state.drawn = [] }
        if state.drawn.isEmpty { return "" }
        let columns = max(1, size().columns)
        let rows = state.drawn.reduce(0) { $0 + max(1, ($1.count + columns - 1) / columns) }
        return "\u{1B}[\(rows)A\r\u{1B}[J"
    }

    /// The total, then a line for each running item as far as the window has room.
    static func lines(of progress: ProgressState, at now: Double, columns: Int, rows: Int) -> [String] {
        let width = max(20, columns - 1)
        let room = max(0, min(8, rows - 3))
        var lines = [head(of: progress, at: now, width)]
        for item in progress.running.prefix(room) {
            let right = note(on: item, of: progress, at: now)
            let name = fitted(item.name, max(8, width - right.count - 4))
            let gap = max(2, min(width, 78) - 2 - name.count - right.count)
            lines.append(
                right.isEmpty ? "  \(name)" : fitted("  \(name)\(String(repeating: " ", count: gap))\(right)", width))
        }
        let rest = progress.running.dropFirst(room)
        if !rest.isEmpty, room > 0 {
            let waiting = rest.count { $0.wait != nil || $0.silence(at: now) != nil }
            lines.append(
                fitted("  … and \(rest.count) more" + (waiting > 0 ? ", \(waiting) of them waiting" : ""), width))
        }
        return lines
    }

    /// How far all of it is. What does not fit is left out: first the bar, then the rate, last the time that is left.
    private static func head(of progress: ProgressState, at now: Double, _ width: Int) -> String {
        var name = progress.name
        if progress.items > 0 { name += " \(progress.endedItems)/\(progress.items)" }
        guard progress.hasBytes else {
            let time = "  \(humanDuration(progress.elapsed(at: now)))"
            let shown = progress.items > 0 ? bar(progress, width - name.count - time.count) : ""
            return fitted(name + shown + time, width)
        }
        let amount = " \(amount(of: progress))"
        let rate = progress.rate(at: now).map { "  \(humanSize(Int64($0)))/s" } ?? ""
        let left = progress.remaining(at: now).map { "  ETA \(humanDuration($0))" } ?? ""
        let tails = [amount + rate + left, amount + left, left, ""]
        let tail = tails.first { name.count + $0.count <= width } ?? ""
        return fitted(name + bar(progress, width - name.count - tail.count) + tail, width)
    }

    private static func bar(_ progress: ProgressState, _ room: Int) -> String {
        let width = min(30, room - 3)
        guard width >= 8 else { return "" }
        let filled = Int(progress.fraction * Double(width))
        return " [" + String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled) + "]"
    }

    /// What there is to say of an item: how much of it is done, or why nothing happens.
    private static func note(on item: ProgressState.Item, of progress: ProgressState, at now: Double) -> String {
        if let wait = item.wait { return wait.text(at: now) }
        if let silence = item.silence(at: now), let server = item.server {
            return "nothing from \(server) for \(humanDuration(silence))"
        }
        return progress.hasBytes ? amount(item.done, item.total) : ""
    }

    private static func amount(_ done: Int64, _ total: Int64?) -> String {
        total.map { "\(humanSize(done)) of \(humanSize($0))" } ?? humanSize(done)
    }

    /// While some sizes are not known, the sum of the others is the least there is.
    private static func amount(of progress: ProgressState) -> String {
        guard progress.unsized > 0, let sized = progress.sized, sized > progress.done else {
            return amount(progress.done, progress.total)
        }
        return "\(humanSize(progress.done)) of over \(humanSize(sized))"
    }

    private static func fitted(_ text: String, _ width: Int) -> String {
        text.count <= width ? text : text.prefix(width - 1) + "…"
    }

    // MARK: Plain and JSON lines

    private func plain(_ event: ProgressEvent, _ state: inout State, _ time: Double) {
        let progress = state.progress
        switch event {
        case .phaseBegan:
            state.lastDrawn = time
            // A phase without a count was announced when it began.
            if progress.items == 0 { return }
            let size = progress.total.map { $0 > 0 ? ", \(humanSize($0))" : "" } ?? ""
            write("\(progress.name): \(progress.items) \(progress.items == 1 ? "item" : "items")\(size)\n")
        case .phaseEnded:
            let amount = progress.hasBytes ? ", \(humanSize(progress.done))" : ""
            write("\(progress.name): done\(amount) in \(humanDuration(progress.elapsed(at: time)))\n")
        default: plainNow(&state, time)
        }
    }

    private func plainNow(_ state: inout State, _ time: Double) {
        guard time - state.lastDrawn >= ProgressDisplay.plainInterval else { return }
        state.lastDrawn = time
        let progress = state.progress
        var line = progress.name + (progress.items > 0 ? ": \(progress.endedItems) of \(progress.items)" : ":")
        if progress.hasBytes {
            line += ", \(ProgressDisplay.amount(of: progress))"
            if let rate = progress.rate(at: time) { line += ", \(humanSize(Int64(rate)))/s" }
            if let left = progress.remaining(at: time) { line += ", \(humanDuration(left)) left" }
        } else {
            line += (progress.items > 0 ? " in " : " ") + humanDuration(progress.elapsed(at: time))
        }
        write(line + ProgressDisplay.delays(&state.progress, time) + "\n")
    }

    /// Which server is slow, and what waits.
    private static func delays(_ progress: inout ProgressState, _ time: Double) -> String {
        var text = ""
        if let slowest = progress.takeSlowest(at: time) {
            let downloads = slowest.downloads == 1 ? "1 download" : "\(slowest.downloads) downloads"
            let rate = slowest.rate < 1 ? ", nothing came" : " at \(humanSize(Int64(slowest.rate)))/s"
            text += "; slowest: \(slowest.server), \(downloads)\(rate)"
        }
        let waiting = progress.running.filter { $0.wait != nil }
        if let wait = waiting.last?.wait {
            text += "; waiting for another try: \(waiting.count) (\(wait.text(at: time)): \(wait.reason))"
        }
        return text
    }

    private func json(_ event: ProgressEvent, item: ProgressState.Item?, _ state: inout State, _ time: Double) {
        if case .itemAdvanced = event {
            guard time - state.lastDrawn >= ProgressDisplay.liveInterval else { return }
            state.lastDrawn = time
        }
        let progress = state.progress
        var writer = JSONWriter(forTerminals: true)
        writer.object { writer in
            switch event {
            case .phaseBegan:
                writer.member("event", "phase-began")
                writer.member("items", Optional(progress.items))
                writer.member("bytes", progress.total)
            case .itemBegan(_, let name, let bytes):
                writer.member("event", "item-began")
                writer.member("item", name.text)
                writer.member("bytes", bytes)
            case .itemSized(_, let bytes):
                writer.member("event", "item-sized")
                writer.member("item", item?.name)
                writer.member("bytes", Optional(bytes))
            case .itemAsked(_, let server):
                writer.member("event", "item-asked")
                writer.member("item", item?.name)
                writer.member("server", server.text)
            case .itemWaiting(_, let reason, let next, let tries, let seconds):
                writer.member("event", "item-waiting")
                writer.member("item", item?.name)
                writer.member("reason", reason.text)
                writer.member("try", next.map { Int64($0) })
                writer.member("tries", Optional(tries))
                writer.member("milliseconds", seconds.map { Int64($0 * 1000) })
            case .itemAdvanced:
                writer.member("event", "progress")
                writer.member("item", item?.name)
            case .itemEnded:
                writer.member("event", "item-ended")
                writer.member("item", item?.name)
            case .itemFailed(_, let reason):
                writer.member("event", "item-failed")
                writer.member("item", item?.name)
                writer.member("reason", reason.text)
            case .phaseEnded: writer.member("event", "phase-ended")
            }
            writer.member("phase", progress.name)
            writer.member("items-done", Optional(progress.endedItems))
            writer.member("bytes-done", Optional(progress.done))
            // The names before version 0.9, kept for that version.
            writer.member("items_done", Optional(progress.endedItems))
            writer.member("bytes_done", Optional(progress.done))
        }
        write(oneLine(writer.bytes) + "\n")
    }
}

/// The writer's JSON without its line breaks and indentation; string contents have none of their own.
func oneLine(_ json: [UInt8]) -> String {
    String(decoding: json, as: UTF8.self).split(separator: "\n")
        .map { line in line.drop { $0 == " " } }.joined(separator: " ")
}
