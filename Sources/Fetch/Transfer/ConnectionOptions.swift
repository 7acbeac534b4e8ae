import CLibCurl
import LibC
import Support

/// What every HTTP exchange has in common: limits, certificates, proxies.
struct ConnectionOptions: Sendable {
    let userAgent: String
    let stallSeconds: Int
    /// Bytes per second; slower ones end a try after `stallSeconds`.
    let lowestSpeed: Int
    let trust: TrustStore
    let proxies: Proxies
    let verifiesServers: Bool
    /// Shown to servers that want one.
    var clientCertificate: ClientCertificate.Checked?
    /// Bytes read at once; small under a rate limit, which is kept between reads.
    let bufferSize: Int

    init(_ settings: FetchSettings) {
        userAgent = settings.userAgent
        stallSeconds = max(1, settings.stallSeconds)
        let wanted = settings.environment["PIXI_PACK_LOW_SPEED_LIMIT"].flatMap { Int($0) } ?? settings.lowestSpeed
        // With a rate limit a slow download is no sign of a stall.
        lowestSpeed = settings.rateLimit == nil ? min(max(1, wanted), 1 << 30) : 1
        trust = TrustStore.find(settings.environment)
        bufferSize = Int(min(max((settings.rateLimit ?? .max) / 16, 1024), 256 << 10))
        proxies = Proxies(settings.environment, settings.configuration)
        verifiesServers = !(settings.configuration.tlsNoVerify?.value ?? false)
    }

    /// How many connections may be open at once without running out of file descriptors.
    static let mostDescriptors: Int = {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 256 }
        return Int(min(max(16, limit.rlim_cur / 3), 4096))
    }()

    func apply(to handle: CurlHandle, url: String, isDirect: Bool = false) {
        handle.set(CURLOPT_URL, url)
        #if FAULT_INJECTION
        handle.injectFaults()
        #endif
        handle.set(CURLOPT_NOSIGNAL, 1)
        // Nobody waits for an answer of the name service once the transfer is over.
        handle.set(CURLOPT_QUICK_EXIT, 1)
        handle.set(CURLOPT_USERAGENT, userAgent)
        // Redirects are ours to judge (credentials); other protocols are never spoken.
        handle.set(CURLOPT_FOLLOWLOCATION, 0)
        handle.set(CURLOPT_PROTOCOLS_STR, "http,https")
        handle.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        handle.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        // Nobody waits for another's connection to see whether it can be shared: servers limit each connection.
        handle.set(CURLOPT_PIPEWAIT, 0)
        handle.set(CURLOPT_TCP_KEEPALIVE, 1)
        handle.set(CURLOPT_BUFFERSIZE, bufferSize)
        // No limit on the whole; a stall ends a try.
        handle.set(CURLOPT_CONNECTTIMEOUT, stallSeconds)
        handle.set(CURLOPT_LOW_SPEED_LIMIT, lowestSpeed)
        handle.set(CURLOPT_LOW_SPEED_TIME, stallSeconds)
        // What curl would otherwise take from the user's ~/.netrc is decided by us.
        handle.set(CURLOPT_NETRC, pixi_curl_netrc_ignored)
        // Empty: none, also if libcurl knows one from the environment.
        handle.set(CURLOPT_PROXY, isDirect ? "" : proxies.proxy(forURL: url)?.url ?? "")
        handle.set(CURLOPT_NOPROXY, "")
        if let file = trust.file {
            handle.set(CURLOPT_CAINFO, file)
            handle.set(CURLOPT_PROXY_CAINFO, file)
        }
        if let directory = trust.directory {
            handle.set(CURLOPT_CAPATH, directory)
            handle.set(CURLOPT_PROXY_CAPATH, directory)
        }
        handle.watchCertificates()
        clientCertificate?.apply(to: handle)
        if !verifiesServers {
            handle.set(CURLOPT_SSL_VERIFYPEER, 0)
            handle.set(CURLOPT_SSL_VERIFYHOST, 0)
        }
    }
}
