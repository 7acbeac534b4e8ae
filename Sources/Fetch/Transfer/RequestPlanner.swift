import CondaModel
import Support

/// Decides for each try which URL is asked with which credentials: mirror, then S3, credentials, GCS and OCI
/// (docs/spec/network.md#requests).
final class RequestPlanner: Sendable {
    /// What the plan depends on.
    struct Input: Sendable {
        /// Mirrors are applied already.
        let url: WebURL
        let sha256: SHA256Digest?
        let mirror: MirrorChoice?
        /// The last try was refused although it had credentials: those that were fetched are fetched anew.
        let isRenewing: Bool
    }

    let options: ConnectionOptions
    let mirrors: Mirrors
    private let credentials: CredentialStore
    private let influence: WorkspaceInfluence?
    private let reporter: any Reporter
    /// The hosts whose credentials were withheld.
    private let withheld = Locked<Set<String>>([])
    let client: HTTPClient
    private let oauth: OAuthRefresh
    private let s3: S3Store
    private let gcs: GoogleStorage
    let oci: OCIRegistry

    init(_ settings: FetchSettings, reporter: any Reporter) throws {
        let configuration = settings.configuration
        var options = ConnectionOptions(settings)
        options.clientCertificate = try (settings.clientCertificate ?? .find(settings.environment))?.check()
        self.options = options
        mirrors = Mirrors(configuration.mirrors.mapValues(\.value))
        credentials = try describing("could not read the stored credentials") {
            try CredentialStore(
                authFile: settings.authFile ?? configuration.authenticationFile?.value,
                environment: settings.environment, reporter: reporter)
        }
        influence = configuration.workspaceInfluence
        self.reporter = reporter
        client = HTTPClient(options)
        oauth = OAuthRefresh(client: client, store: credentials, reporter: reporter)
        s3 = S3Store(
            options: configuration.s3Options.mapValues(\.value), credentials: credentials, client: client,
            environment: settings.environment)
        gcs = GoogleStorage(client: client, environment: settings.environment)
        oci = OCIRegistry(
            client: client, credentials: credentials,
            containers: ContainerConfiguration(settings.environment, reporter: reporter),
            places: ContainerRegistries(settings.environment, reporter: reporter))
    }

    /// Whether the plan may have to ask somebody first.
    func mayBlock(_ url: WebURL) -> Bool {
        switch url.scheme {
        case "s3", "gcs", "oci": return true
        default:
            if case .oauth = credentials.find(for: url)?.credential { return true }
            return false
        }
    }

    /// The exchange for a URL.
    ///
    /// - Throws: `ExchangeProblem` if somebody who had to be asked did not answer, `Failure` for what stays wrong.
    func plan(_ input: Input) throws -> HTTPRequest {
        var exchange: HTTPRequest
        let isExposed = isExposed(input)
        if isExposed, ["s3", "gcs", "oci"].contains(input.url.scheme) {
            throw Failure(
                "credentials for '\(input.url.redacted)' are not sent over a connection that is not verified because the "
                    + "workspace's '\(influence?.path ?? "")' wants it so",
                remedy: RequestPlanner.exposureRemedy)
        }
        switch input.url.scheme {
        case "http", "https": exchange = try authenticated(input.url, isExposed: isExposed)
        case "s3": exchange = try s3.exchange(for: input.url, isRenewing: input.isRenewing)
        case "gcs": exchange = try gcs.exchange(for: input.url, isRenewing: input.isRenewing)
        case "oci": exchange = try oci.exchange(for: input.url, sha256: input.sha256, isRenewing: input.isRenewing)
        default:
            throw Failure(
                "'\(input.url.redacted)' has the scheme '\(input.url.scheme)', which cannot be downloaded",
                remedy: "Use a channel or index with http, https, file, s3, gcs or oci.")
        }
        for line in exchange.secretHeaders + [exchange.url] where line.utf8.contains(where: { $0 < 0x20 }) {
            throw Failure(
                "the credentials for '\(input.url.redacted)' contain line breaks or control characters",
                remedy: "Store them again: pixi auth login HOST.")
        }
        exchange.mirror = input.mirror
        return exchange
    }

    private static let exposureRemedy: Message =
        "If you trust the workspace, say so in your own configuration, or name its file with --config; --no-config does "
        + "without it."

    private func isExposed(_ input: Input) -> Bool {
        guard let influence else { return false }
        return influence.exposes(input.url, mirrorOf: input.mirror.flatMap { mirrors.prefix($0.prefix) })
    }

    private func authenticated(_ url: WebURL, isExposed: Bool) throws -> HTTPRequest {
        if let userInfo = url.userInfo {
            let parts = userInfo.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let user = ByteString(PercentEncoding.decode(String(parts.first ?? "").utf8)).lossyString
            let password = parts.count > 1 ? ByteString(PercentEncoding.decode(String(parts[1]).utf8)).lossyString : ""
            return HTTPRequest(
                url: RequestPlanner.withoutUserInfo(url, userInfo),
                secretHeaders: [RequestPlanner.basic(user, password)], credentialPlace: "the URL itself")
        }
        guard let found = credentials.find(for: url) else { return HTTPRequest(url: url.text) }
        if isExposed {
            let host = url.host ?? ""
            if withheld.withLock({ $0.insert(host).inserted }) {
                reporter.warn(
                    "your credentials for '\(host)' are not sent: the workspace's '\(influence?.path ?? "")' made the "
                        + "connection one that is not verified. " + RequestPlanner.exposureRemedy)
            }
            return HTTPRequest(url: url.text)
        }
        var exchange = exchange(for: url, with: found)
        exchange.credentialPlace = "\(found.place) for '\(found.key)'"
        return exchange
    }

    private func exchange(for url: WebURL, with found: CredentialStore.Found) -> HTTPRequest {
        switch found.credential {
        case .bearer(let token): return HTTPRequest(url: url.text, secretHeaders: ["Authorization: Bearer \(token)"])
        case .basic(let user, let password):
            return HTTPRequest(url: url.text, secretHeaders: [RequestPlanner.basic(user, password)])
        case .condaToken(let token): return HTTPRequest(url: RequestPlanner.withToken(url, token))
        case .s3: return HTTPRequest(url: url.text)
        case .oauth(let credential):
            let token = oauth.accessToken(for: credential, now: WallClock.seconds) {
                self.credentials.find(for: url)
            }
            return HTTPRequest(url: url.text, secretHeaders: token.map { ["Authorization: Bearer \($0)"] } ?? [])
        }
    }

    static func basic(_ user: String, _ password: String) -> String {
        "Authorization: Basic \(Base64.standard.encode("\(user):\(password)".utf8))"
    }

    private static func withoutUserInfo(_ url: WebURL, _ userInfo: String) -> String {
        let start = url.scheme.utf8.count + 3
        let rest = url.text.utf8.dropFirst(start + userInfo.utf8.count + 1)
        return String(decoding: Array(url.text.utf8.prefix(start)) + Array(rest), as: UTF8.self)
    }

    /// `/t/<token>` in front of the path.
    private static func withToken(_ url: WebURL, _ token: String) -> String {
        let encoded = PercentEncoding.encode(token.utf8)
        let origin = "\(url.scheme)://\(url.host ?? "")" + (url.port.map { ":\($0)" } ?? "")
        return origin + "/t/\(encoded)\(url.path)" + (url.query.map { "?\($0)" } ?? "")
    }

    /// Whether a refusal may be due to credentials that were fetched and can be fetched anew.
    func canRenew(_ url: WebURL) -> Bool { url.scheme == "s3" || url.scheme == "gcs" || url.scheme == "oci" }
}
