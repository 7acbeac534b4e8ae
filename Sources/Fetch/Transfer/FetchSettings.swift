import Support

/// How files are fetched. The defaults are those of the original (docs/spec/network.md#network), made robust.
public struct FetchSettings: Sendable {
    /// Downloads at a time; 0 means no limit but the number of files the system lets us open.
    public var concurrency = 50
    /// Sent with every request, `pixi-pack/<version>`.
    public var userAgent = "pixi-pack"
    /// How often a download is begun at most, the first time included.
    public var tries = 5
    /// Seconds without a connection, or with hardly a byte of an answer, after which a try has failed.
    public var stallSeconds = 30
    /// Bytes per second of a download; a server that stays slower for `stallSeconds` has failed. The variable
    /// `PIXI_PACK_LOW_SPEED_LIMIT` says otherwise.
    var lowestSpeed = 32
    /// Seconds to wait after the first failed try; doubled for each further one, with jitter.
    public var backoffSeconds = 0.5
    /// Bytes per second for all downloads together.
    public var rateLimit: Int64?
    /// Only the cache and local files are used.
    public var isOffline = false
    /// The folder of `--use-cache` (docs/spec/lock.md#cache).
    public var cacheDirectory: ByteString?
    /// What relative paths of requests are relative to: the folder of the lock file.
    public var baseDirectory: ByteString = "."
    /// Threads that copy and verify local and cached files.
    var localWorkers = WorkerPool.usableCPUs
    /// Mirrors, S3 options, proxies and certificates of configuration files.
    public var configuration = Configuration()
    /// The file of `--auth-file`; it must exist.
    public var authFile: ByteString?
    /// Shown to servers that want one; nil: what `SSL_CLIENT_CERT` names, if it does.
    public var clientCertificate: ClientCertificate?
    /// Packages of pixi's own cache (`$RATTLER_CACHE_DIR/pkgs`) are used if their hash fits.
    public var usesRattlerCache = false
    /// The variables certificates, proxies and credentials are found by.
    public var environment = ProcessEnvironment.current

    public init() {}
}
