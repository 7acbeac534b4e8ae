/// A setting and where it was made.
public struct Sourced<Value: Sendable>: Sendable {
    public var value: Value
    /// The file, for messages.
    public var origin: String

    public init(_ value: Value, origin: String) {
        self.value = value
        self.origin = origin
    }
}
