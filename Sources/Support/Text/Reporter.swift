/// Through this the working modules tell what they do; the command line decides what a person sees of it.
public protocol Reporter: Sendable {
    /// A line for a person.
    func say(_ level: MessageLevel, _ message: Message)
    /// A step of a journey; see `ProgressEvent`.
    func progress(_ event: ProgressEvent)
}

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

/// What happens on the way. Byte counts are in the unit of the phase (bytes downloaded, bytes of packages).
public enum ProgressEvent: Sendable {
    /// A phase begins, for example "Fetching packages", with what is known of its size.
    case phaseBegan(name: Message, items: Int, bytes: Int64?)
    /// One item (package, wheel) begins; `id` is unique in the phase.
    case itemBegan(id: Int, name: Message, bytes: Int64?)
    /// `bytes` more of the item are done.
    case itemAdvanced(id: Int, bytes: Int64)
    case itemEnded(id: Int)
    /// The item ends, and is not done.
    case itemFailed(id: Int, reason: Message)
    case phaseEnded
}

/// Drops everything.
public struct SilentReporter: Reporter {
    public init() {}
    public func say(_ level: MessageLevel, _ message: Message) {}
    public func progress(_ event: ProgressEvent) {}
}

extension Reporter {
    /// Says it at the level of warnings.
    public func warn(_ message: Message) { say(.warning, message) }
    public func note(_ message: Message) { say(.note, message) }
    public func info(_ message: Message) { say(.info, message) }
    public func debug(_ message: Message) { say(.debug, message) }
    public func trace(_ message: Message) { say(.trace, message) }
}
