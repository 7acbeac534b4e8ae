import CondaModel
import Support

/// `gcs://` URLs: objects of Google Cloud Storage, with a token from Application Default Credentials
/// (docs/spec/network.md#gcs).
final class GoogleStorage: Sendable {
    private let environment: ProcessEnvironment
    private let credentials: GoogleCredentials
    private let token = Locked(GoogleCredentials.Token?.none)

    init(client: HTTPClient, environment: ProcessEnvironment) {
        self.environment = environment
        credentials = GoogleCredentials(client: client, environment: environment)
    }

    /// A GET of the object with a bearer token; one token is fetched at a time and used until shortly before its end.
    func exchange(for url: WebURL, isRenewing: Bool) throws -> HTTPRequest {
        guard let bucket = url.host, url.path.utf8.count > 1 else {
            throw Failure(
                "'\(url.redacted)' names no bucket and object (gcs://bucket/object)",
                remedy: "Correct the URL in the lock file or in the mirrors.")
        }
        let now = WallClock.seconds
        let current = try token.withLock { token -> GoogleCredentials.Token? in
            if let token, !isRenewing, token.expiresAt - now > 60 { return token }
            let fresh = try describing(
                "could not get a Google token for '\(url.redacted)'",
                remedy: "Run 'gcloud auth application-default login' or set GOOGLE_APPLICATION_CREDENTIALS."
            ) { try self.credentials.fetchToken(now: now) }
            token = fresh
            return fresh
        }
        var base = environment["STORAGE_EMULATOR_HOST"] ?? "https://storage.googleapis.com"
        if !base.contains(text: "://") { base = "http://" + base }
        while base.utf8.last == UInt8(ascii: "/") { base.removeLast() }
        let object = PercentEncoding.encode(PercentEncoding.decode(url.path.utf8), escaping: .keeping("/"))
        var headers = current.map { ["Authorization: Bearer \($0.text)"] } ?? []
        if let project = current?.quotaProject { headers.append("x-goog-user-project: \(project)") }
        return HTTPRequest(url: "\(base)/\(bucket)\(object)", secretHeaders: headers)
    }
}
