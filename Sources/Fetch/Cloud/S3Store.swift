import CondaModel
import Support

/// `s3://` URLs: which server is asked, and with which signature (docs/spec/network.md#s3).
struct S3Store: Sendable {
    let options: [String: S3Options]
    let credentials: CredentialStore
    private let environment: AWSEnvironment

    init(
        options: [String: S3Options], credentials: CredentialStore, client: HTTPClient,
        environment: ProcessEnvironment
    ) {
        self.options = options
        self.credentials = credentials
        self.environment = AWSEnvironment(client: client, environment: environment)
    }

    /// Where a bucket is.
    struct Place: Sendable, Equatable {
        /// `https://host[:port]`, with the path of an endpoint below a path.
        var endpoint: String
        var region: String
        var usesPathStyle: Bool
    }

    /// A signed GET of the object.
    func exchange(for url: WebURL, isRenewing: Bool) throws -> HTTPRequest {
        guard let bucket = url.host, url.path.utf8.count > 1 else {
            throw Failure(
                "'\(url.redacted)' names no bucket and key (s3://bucket/key)",
                remedy: "Correct the URL in the lock file or in the mirrors.")
        }
        let place: Place
        let keys: S3Keys
        if let options = options[bucket] {
            place = S3Store.place(of: options)
            keys = try storedKeys(for: url) ?? environmentKeys(url, isRenewing)
        } else {
            place = try environment.place(isRenewing: isRenewing)
            keys = try environmentKeys(url, isRenewing)
        }
        let (wireURL, path, host) = S3Store.address(
            bucket: bucket, key: ByteString(PercentEncoding.decode(url.path.utf8)), place)
        let signature = SigV4(keys: keys, region: place.region, service: "s3")
        return HTTPRequest(
            url: wireURL,
            secretHeaders: signature.headers(
                path: path, host: host, now: WallClock.seconds, payer: environment.requestPayer))
    }

    private static func place(of options: S3Options) -> Place {
        let host = options.endpoint.host ?? ""
        let isAddress = host.hasPrefix("[") || host.utf8.allSatisfy { $0 == 0x2E || isASCIIDigit($0) }
        var endpoint = options.endpoint.text
        while endpoint.utf8.last == UInt8(ascii: "/") { endpoint.removeLast() }
        return Place(endpoint: endpoint, region: options.region, usesPathStyle: options.forcePathStyle || isAddress)
    }

    private func storedKeys(for url: WebURL) throws -> S3Keys? {
        guard let found = credentials.find(for: url) else { return nil }
        guard case .s3(let keys) = found.credential else {
            throw Failure(
                "unsupported authentication method for '\(url.redacted)': "
                    + "the credential stored under '\(found.key)' is not of kind S3Credentials",
                remedy: "Store keys for the bucket: pixi auth login s3://BUCKET.")
        }
        return keys
    }

    private func environmentKeys(_ url: WebURL, _ isRenewing: Bool) throws -> S3Keys {
        try describing(
            "failed to sign the request for '\(url.redacted)'",
            remedy: "Give keys by 'pixi auth login' (with s3-options for the bucket), AWS_ACCESS_KEY_ID and "
                + "AWS_SECRET_ACCESS_KEY, or an AWS profile."
        ) {
            try environment.keys(isRenewing: isRenewing)
        }
    }

    /// The URL on the wire, its path as it is signed, and the host as it is sent.
    static func address(bucket: String, key: ByteString, _ place: Place) -> (url: String, path: String, host: String) {
        let key = key.bytes.first == UInt8(ascii: "/") ? Array(key.bytes.dropFirst()) : key.bytes
        let encodedKey = PercentEncoding.encode(key, escaping: .keeping("/"))
        let isSecure = place.endpoint.hasPrefix("https://")
        let rest = place.endpoint.dropFirst(isSecure ? "https://".count : "http://".count)
        let endpointHost = String(rest.prefix { $0 != "/" })
        let basePath = String(rest.dropFirst(endpointHost.count))
        let scheme = isSecure ? "https" : "http"
        // A certificate for *.host does not cover a bucket name with dots.
        if place.usesPathStyle || (isSecure && bucket.contains(".")) {
            let path = "\(basePath)/\(PercentEncoding.encode(bucket.utf8))/\(encodedKey)"
            return ("\(scheme)://\(endpointHost)\(path)", path, endpointHost)
        }
        let path = "\(basePath)/\(encodedKey)"
        let host = "\(bucket).\(endpointHost)"
        return ("\(scheme)://\(host)\(path)", path, host)
    }
}
