/// A package that goes into an image.
public struct ImageItem: Sendable {
    public let name: String
    /// Bytes of its archive.
    public let size: Int64
    /// When it was built, in seconds since 1970; nil if it does not say.
    public let time: Int64?

    public init(name: String, size: Int64, time: Int64?) {
        self.name = name
        self.size = size
        self.time = time
    }
}
