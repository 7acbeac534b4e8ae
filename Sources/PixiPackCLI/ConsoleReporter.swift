import Support

/// Writes messages and progress to standard error, so that neither of several threads' messages nor messages and the
/// live lines of the progress mix.
final class ConsoleReporter: Reporter {
    private let level: MessageLevel
    private let style: Style
    private let isJSON: Bool
    private let display: ProgressDisplay
    private let ticker = Locked(ProgressTicker?.none)

    init(level: MessageLevel, style: Style, progress: ProgressDisplay.Style) {
        self.level = level
        self.style = style
        isJSON = progress == .json
        display = ProgressDisplay(
            style: progress,
            // Nothing can be done about a standard error that is closed.
            write: { StandardStream.error.write($0) }, now: { Terminal.seconds }, size: { Terminal.size })
    }

    func say(_ level: MessageLevel, _ message: String) { say(level, message, hint: nil) }

    /// - Parameter hint: what to do now, on a line of its own.
    func say(_ level: MessageLevel, _ message: String, hint: String?) {
        guard level <= self.level else { return }
        if isJSON { return display.print(ConsoleReporter.json(level, message, hint: hint)) }
        let message = ConsoleReporter.printable(message)
        let line =
            switch level {
            case .error: style.error("Error:") + " " + message
            case .warning: style.warning("Warning:") + " " + message
            case .note, .info: message
            case .debug, .trace: style.faint(message)
            }
        let hintLine = hint.map { "\n" + style.hint("Hint:") + " " + ConsoleReporter.printable($0) } ?? ""
        // The live lines would only be drawn again below an error, which is the last word.
        if level == .error {
            setTicker(nil)
            display.clear()
        }
        display.print(line + hintLine)
    }

    /// With `--json-progress` every line is an object.
    private static func json(_ level: MessageLevel, _ message: String, hint: String?) -> String {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("event", "message")
            writer.member("level", "\(level)")
            writer.member("text", message)
            writer.member("hint", hint)
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

    /// Names from packs and servers may hold control characters, which must not reach the terminal.
    static func printable(_ text: String) -> String {
        func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
            scalar == "\n" || scalar == "\t" || !(scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value))
        }
        if text.unicodeScalars.allSatisfy(isHarmless) { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { isHarmless($0) ? $0 : "\u{FFFD}" }))
    }
}
