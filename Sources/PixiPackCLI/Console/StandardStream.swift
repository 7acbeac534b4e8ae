import LibC
import Support

/// Standard output (results, for programs) and standard error (messages, for people).
enum StandardStream: Int32 {
    case output = 1
    case error = 2

    /// Writes text; false if the other end does not take it.
    @discardableResult
    func write(_ text: String) -> Bool {
        var text = text
        return (try? text.withUTF8 { try Sys.writeAll(rawValue, UnsafeRawBufferPointer($0)) }) != nil
    }

    var isTerminal: Bool { isatty(rawValue) == 1 }
}
