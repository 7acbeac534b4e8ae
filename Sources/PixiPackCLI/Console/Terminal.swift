import LibC
import Support

/// What the display needs to know of the world.
enum Terminal {
    /// The window of standard error; 80 × 24 where there is none.
    static var size: (columns: Int, rows: Int) {
        var window = winsize()
        guard ioctl(StandardStream.error.rawValue, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0 else {
            return (80, 24)
        }
        return (Int(window.ws_col), Int(window.ws_row))
    }

    /// A terminal that knows no escape sequences.
    static var isDumb: Bool { (variable("TERM") ?? "dumb") == "dumb" }

    /// An environment variable.
    static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
