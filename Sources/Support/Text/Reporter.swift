/// Through this the working modules tell what they do; the command line decides what a person sees of it.
public protocol Reporter: Sendable {
    /// A line for a person.
    func say(_ level: MessageLevel, _ message: Message)
    /// A step of a journey; see `ProgressEvent`.
    func progress(_ event: ProgressEvent)
}

extension Reporter {
    /// Says it at the level of warnings.
    public func warn(_ message: Message) { say(.warning, message) }
    public func note(_ message: Message) { say(.note, message) }
    public func info(_ message: Message) { say(.info, message) }
    public func debug(_ message: Message) { say(.debug, message) }
    public func trace(_ message: Message) { say(.trace, message) }
}
