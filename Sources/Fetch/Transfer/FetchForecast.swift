/// Where a file would come from. Nothing is asked, verified or written to find out.
public struct FetchForecast: Sendable, Equatable {
    public enum Origin: String, Sendable {
        case network
        /// A cache has it; whether it is whole is seen when it is used.
        case cache
        /// A path, or a `file:` URL.
        case localFile = "local"
        /// It would fail: the file is not there, or the network is needed and must not be used.
        case missing
    }

    public let origin: Origin
    /// The URL that would be asked first (mirrors applied, without secrets), or the path.
    public let place: String
    /// Bytes: of a file at hand the true size, else what the lock file says.
    public let size: Int64?

    public init(origin: Origin, place: String, size: Int64?) {
        self.origin = origin
        self.place = place
        self.size = size
    }
}
