import CondaModel
import Support

/// One file to bring: where it is, what it must be, where it goes.
public struct FetchRequest: Sendable {
    /// The caller's number for it; unique within one call of `Fetcher.fetch`.
    public var id: Int
    /// What a person knows it by: the file name.
    var displayName: String
    public var kind: FetchKind
    /// Relative paths are resolved against `FetchSettings.baseDirectory`.
    public var location: PackageLocation
    /// Checked if present.
    public var sha256: SHA256Digest?
    /// Checked if present and `sha256` is not.
    public var md5: MD5Digest?
    /// The size in bytes the lock file claims. A file that is shorter and has the right hash is taken
    /// (docs/spec/network.md#downloads); a server that sends more is cut off.
    public var size: Int64?
    /// The file is this part of what lies at the location, from this byte on; `size` must be given then. Nil: all of it.
    public var start: Int64?
    /// The path of the file below the cache directory (`linux-64/foo-1.0-0.conda`); nil: not cached.
    public var cacheKey: RelativePath?
    public var sink: any FetchSink
    /// Its position in the window of the fetch, if there is one.
    public var position: Int?

    public init(
        id: Int, displayName: String, kind: FetchKind = .conda, location: PackageLocation,
        sha256: SHA256Digest? = nil, md5: MD5Digest? = nil, size: Int64? = nil,
        cacheKey: RelativePath? = nil, sink: any FetchSink
    ) {
        self.id = id
        self.displayName = displayName
        self.kind = kind
        self.location = location
        self.sha256 = sha256
        self.md5 = md5
        self.size = size
        self.cacheKey = cacheKey
        self.sink = sink
    }
}
