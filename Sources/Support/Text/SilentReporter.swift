/// Drops everything.
public struct SilentReporter: Reporter {
    public init() {}
    public func say(_ level: MessageLevel, _ message: Message) {}
    public func progress(_ event: ProgressEvent) {}
}
