import Support

/// Region, endpoint and credentials, from the sources AWS programs use (docs/spec/network.md#s3). They are looked for once,
/// and again when temporary keys expire.
final class AWSEnvironment: Sendable {
    private let client: HTTPClient
    private let environment: ProcessEnvironment
    private let profile: AWSProfile
    private let knownKeys = Locked(TemporaryKeys?.none)
    private let knownRegion = Locked(String?.none)

    /// Keys with the time they end at, in seconds since 1970.
    struct TemporaryKeys: Sendable {
        var keys: S3Keys
        var expiresAt: Int64?
        /// When these took the place of others that were refused.
        var renewedAt: Int64?
    }

    init(client: HTTPClient, environment: ProcessEnvironment) {
        self.client = client
        self.environment = environment
        profile = AWSProfile(environment)
    }

    /// The endpoint of buckets without options.
    func place(isRenewing: Bool) throws -> S3Store.Place {
        let region = try region()
        let ignoresOwn = environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"]?.lowercased() == "true"
        let own =
            ignoresOwn
            ? nil : environment["AWS_ENDPOINT_URL_S3"] ?? environment["AWS_ENDPOINT_URL"] ?? profile.endpoint
        guard var endpoint = own else {
            return S3Store.Place(
                endpoint: "https://s3.\(region).amazonaws.com", region: region,
                usesPathStyle: profile.usesPathStyle ?? false)
        }
        while endpoint.utf8.last == UInt8(ascii: "/") { endpoint.removeLast() }
        let host = endpoint.dropFirst(endpoint.hasPrefix("https://") ? 8 : 7).prefix { $0 != "/" && $0 != ":" }
        let isAddress = host.utf8.allSatisfy { $0 == 0x2E || isASCIIDigit($0) }
        return S3Store.Place(
            endpoint: endpoint, region: region,
            usesPathStyle: profile.usesPathStyle ?? (endpoint.hasPrefix("http://localhost") || isAddress))
    }

    /// Who pays for requests to buckets that let the requester pay: `requester`, or nil.
    var requestPayer: String? { environment["AWS_REQUEST_PAYER"]?.lowercased() == "requester" ? "requester" : nil }

    private func region() throws -> String {
        if let region = environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"] ?? profile["region"] {
            return region
        }
        if let region = knownRegion.withLock({ $0 }) { return region }
        guard let metadata = AWSMetadata(client: client, environment: environment),
            let region = try? metadata.region()
        else {
            throw Failure(
                "no AWS region is known", remedy: "Set AWS_REGION, or s3-options for the bucket in the configuration.")
        }
        knownRegion.withLock { $0 = region }
        return region
    }

    /// The keys of the first source that has some: environment, web identity, profile, container, instance.
    func keys(isRenewing: Bool) throws -> S3Keys {
        let now = WallClock.seconds
        return try knownKeys.withLock { known in
            if let current = known {
                let isFresh = current.expiresAt.map { $0 - now > 300 } ?? true
                // Many downloads are refused at once; one of them asks for new keys.
                let isJustRenewed = current.renewedAt.map { now - $0 < 10 } ?? false
                if isFresh, !isRenewing || isJustRenewed { return current.keys }
            }
            var found = try findKeys()
            if isRenewing { found.renewedAt = now }
            known = found
            return found.keys
        }
    }

    private func findKeys() throws -> TemporaryKeys {
        if let access = environment["AWS_ACCESS_KEY_ID"], let secret = environment["AWS_SECRET_ACCESS_KEY"] {
            return TemporaryKeys(
                keys: S3Keys(
                    accessKey: access, secretKey: secret, sessionToken: environment["AWS_SESSION_TOKEN"]))
        }
        let tokens = AWSTokenService(client: client, environment: environment, region: (try? region()) ?? "us-east-1")
        if let file = environment["AWS_WEB_IDENTITY_TOKEN_FILE"], let role = environment["AWS_ROLE_ARN"] {
            return try tokens.assumeRole(role, webIdentityFile: ByteString(file))
        }
        if let keys = try profile.keys(tokens) { return keys }
        if let container = AWSContainer(client: client, environment: environment) { return try container.keys() }
        if let metadata = AWSMetadata(client: client, environment: environment) {
            return try describing(
                "no AWS credentials in environment, profile or container; instance metadata",
                remedy:
                    "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or store keys with 'pixi auth login s3://BUCKET'."
            ) {
                try metadata.keys()
            }
        }
        throw Failure(
            "no AWS credentials are known",
            remedy: "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or store keys with 'pixi auth login s3://BUCKET'."
        )
    }
}
