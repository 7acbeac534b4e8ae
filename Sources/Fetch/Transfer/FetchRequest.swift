import Support

/// One file to bring, and where it goes.
public struct FetchRequest: Sendable {
    /// The caller's number for it; unique within one call of `Fetcher.fetch`.
    public var id: Int
    public var file: WantedFile
    /// The file is this part of what lies at the location, from this byte on; its size must be known then. Nil: all of it.
    public var start: Int64?
    /// The path of the file below the cache directory (`linux-64/foo-1.0-0.conda`); nil: not cached.
    var cacheKey: RelativePath?
    public var sink: any FetchSink
    /// Its position in the window of the fetch, if there is one.
    public var position: Int?

    public init(id: Int, _ file: WantedFile, cacheKey: RelativePath? = nil, sink: any FetchSink) {
        self.id = id
        self.file = file
        self.cacheKey = cacheKey
        self.sink = sink
    }
}
