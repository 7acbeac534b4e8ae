import Support

/// Writes messages and progress to standard error, so that neither of several threads' messages nor messages and the
/// live lines of the progress mix.
final class ConsoleReporter: Reporter {
    private let level: MessageLevel
    private let style: Style
    private let isJSON: Bool
    private let display: ProgressDisplay
    private let ticker = Locked(ProgressTicker?.none)
    private let noted = Locked<[String]>([])

    /// All warnings so far, also those that are not shown.
    var warnings: [String] { noted.withLock { $0 } }

    init(level: MessageLevel, style: Style, progress: ProgressDisplay.Style) {
        self.level = level
        self.style = style
        isJSON = progress == .json
        display = ProgressDisplay(
            style: progress,
            // Nothing can be done about a standard error that is closed.
            write: { StandardStream.error.write($0) }, now: { MonotonicClock.seconds }, size: { Terminal.size })
    }

    func say(_ level: MessageLevel, _ message: Message) { say(level, message, hint: nil) }

    /// - Parameter hint: what to do now, on a line of its own.
    func say(_ level: MessageLevel, _ message: Message, hint: Message?) {
        if level == .warning { noted.withLock { $0.append(message.brief) } }
        guard level <= self.level else { return }
        if isJSON { return display.print(ConsoleReporter.json(level, message, hint: hint)) }
        // Names that others chose may be of any length.
        let message = level <= .warning ? message.brief : message.text
        let line =
            switch level {
            case .error: style.error("Error:") + " " + message
            case .warning: style.warning("Warning:") + " " + message
            case .note, .info: message
            case .debug, .trace: style.faint(message)
            }
        let hintLine = hint.map { "\n" + style.hint("Hint:") + " " + $0.brief } ?? ""
        // Once the error is printed the progress lines must not be drawn again below it.
        if level == .error {
            setTicker(nil)
            display.clear()
        }
        display.print(line + hintLine)
    }

    /// With `--json-progress` every line is an object.
    private static func json(_ level: MessageLevel, _ message: Message, hint: Message?) -> String {
        var writer = JSONWriter(forTerminals: true)
        writer.object { writer in
            writer.member("event", "message")
            writer.member("level", "\(level)")
            writer.member("text", level <= .warning ? message.brief : message.text)
            writer.member("hint", hint?.brief)
        }
        return oneLine(writer.bytes)
    }

    func progress(_ event: ProgressEvent) {
        if case .phaseEnded = event { setTicker(nil) }
        display.apply(event)
        if case .phaseBegan = event, display.needsTicks { setTicker(ProgressTicker { [display] in display.tick() }) }
    }

    private func setTicker(_ new: ProgressTicker?) {
        let old = ticker.withLock { ticker in
            defer { ticker = new }
            return ticker
        }
        old?.stop()
    }
}
