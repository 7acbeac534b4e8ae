/// How much a message matters; `-v` shows one level more, `-q` one less.
public enum MessageLevel: Int, Sendable, Comparable {
    /// Shown even with `-q`.
    case error
    /// What a user must know although everything went on: something was left out, there was a conflict, a cache entry
    /// was replaced.
    case warning
    /// What was made.
    case note
    /// `-v`
    case info
    /// `-vv`
    case debug
    /// `-vvv`
    case trace

    public static func < (left: MessageLevel, right: MessageLevel) -> Bool { left.rawValue < right.rawValue }
}
