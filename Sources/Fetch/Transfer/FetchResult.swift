import CondaModel
import Support

/// A file that was brought and verified.
public struct FetchResult: Sendable, Equatable {
    /// Where the bytes came from.
    public enum Origin: Sendable, Equatable {
        case network
        case cache
        case localFile
    }

    /// `FetchRequest.id`
    public var id: Int
    /// The real size in bytes.
    public var size: Int64
    public var origin: Origin
}
