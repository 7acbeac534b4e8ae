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

    /// Seconds of a clock that never goes back.
    static var seconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// An environment variable.
    static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
