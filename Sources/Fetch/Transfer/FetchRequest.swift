import CondaModel
import Support

/// What a file is fetched for.
public enum FetchKind: Sendable, Equatable {
    /// A conda package; local files are copied into the cache as well.
    case conda
    /// A wheel; local files are never cached.
    case wheel
    /// The sources of a Python package that a wheel is built of.
    case sources
    /// A list of what a channel or an index has.
    case index
    /// A pixi-unpack for a self-extracting pack.
    case program
    /// A pack, or its signature.
    case pack

    /// For messages. What the original calls a file, it is called here (docs/spec/network.md).
    var noun: Message {
        switch self {
        case .conda: "package"
        case .wheel: "pypi package"
        case .sources: "source archive"
        case .index: "index"
        case .program: "program"
        case .pack: "pack"
        }
    }

    /// Whether a lock file names it, so that another lock may help if it is gone.
    var isLocked: Bool { self == .conda || self == .wheel || self == .sources }
}

/// One file to bring: where it is, what it must be, where it goes.
public struct FetchRequest: Sendable {
    /// The caller's number for it; unique within one call of `Fetcher.fetch`.
    public var id: Int
    /// What a person knows it by: the file name.
    public var displayName: String
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

/// Where the bytes of one request go. Calls come from several threads, but never two at a time for one sink.
///
/// An error thrown by a sink is final: it ends the whole fetch (the disk is full; another server would not help).
public protocol FetchSink: Sendable {
    /// Bytes for position `offset` of the file; offsets rise without gaps since the beginning or the last `restart`.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws
    /// What was written so far is void; the file begins again at offset 0.
    func restart() throws
    /// A file of which nobody knows a hash has come, `size` bytes; asked before `finish`, and before anything is kept.
    ///
    /// - Throws: `Failure` if it cannot be the file that was asked for. That file has then failed, not the whole fetch.
    func examine(size: Int64) throws
    /// The file is whole and verified; `size` is its length in bytes.
    func finish(size: Int64) throws
    /// A file and the offset at which the bytes may be put without passing through `write` (kernel-side copies); used
    /// only for files of exactly the size the request names.
    var destination: (descriptor: Int32, offset: Int64)? { get }
    /// How many bytes there is room for where the file goes, which nobody may write over: a server that does not say how
    /// much it sends must not fill the disk. Nil: nobody knows.
    var freeSpace: Int64? { get }
}

extension FetchSink {
    public func examine(size: Int64) throws {}
    public func finish(size: Int64) throws {}
    public var destination: (descriptor: Int32, offset: Int64)? { nil }
    public var freeSpace: Int64? { destination.flatMap { try? Sys.freeSpace($0.descriptor) } }
}

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
