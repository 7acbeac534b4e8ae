/// Where a wheel comes from, as far as the pack says it.
public struct WheelOrigin: Sendable, Equatable {
    /// Where everybody may get it.
    var url: String?
    /// The URL of a wheel that the lock file names by its place; nil for one of an index (PEP 610).
    public var direct: String?

    public init(url: String? = nil, direct: String? = nil) {
        self.url = url
        self.direct = direct
    }
}
