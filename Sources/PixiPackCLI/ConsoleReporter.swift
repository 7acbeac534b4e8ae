import Support

/// Writes messages to standard error, one write per message so that those of several threads do not mix.
final class ConsoleReporter: Reporter {
    private let level: MessageLevel
    private let style: Style

    init(level: MessageLevel, style: Style) {
        self.level = level
        self.style = style
    }

    func say(_ level: MessageLevel, _ message: String) { say(level, message, hint: nil) }

    /// - Parameter hint: what to do now, on a line of its own.
    func say(_ level: MessageLevel, _ message: String, hint: String?) {
        guard level <= self.level else { return }
        let message = ConsoleReporter.printable(message)
        let line =
            switch level {
            case .error: style.error("Error:") + " " + message
            case .warning: style.warning("Warning:") + " " + message
            case .note, .info: message
            case .debug, .trace: style.faint(message)
            }
        let hintLine = hint.map { "\n" + style.hint("Hint:") + " " + ConsoleReporter.printable($0) } ?? ""
        // Nothing can be done about a standard error that is closed.
        StandardStream.error.write(line + hintLine + "\n")
    }

    func progress(_ event: ProgressEvent) {
        guard level >= .note, case .phaseBegan(let name, let items, let bytes) = event, items > 0 else { return }
        let size = bytes.map { " (\(HumanSize($0)))" } ?? ""
        say(.note, "\(name) \(items)\(size)")
    }

    /// Names from packs and servers may hold control characters, which must not reach the terminal.
    private static func printable(_ text: String) -> String {
        func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
            scalar == "\n" || scalar == "\t" || !(scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value))
        }
        if text.unicodeScalars.allSatisfy(isHarmless) { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { isHarmless($0) ? $0 : "\u{FFFD}" }))
    }
}
