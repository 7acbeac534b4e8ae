import CondaModel
import Support

/// Application Default Credentials: a service account, a user's refresh token, or the metadata server.
struct GoogleCredentials: Sendable {
    struct Token: Sendable {
        let text: String
        /// Seconds since 1970.
        let expiresAt: Int64
        let quotaProject: String?
    }

    static let scope = "https://www.googleapis.com/auth/devstorage.read_only"

    let client: HTTPClient
    let environment: ProcessEnvironment

    /// - Returns: nil for an emulator if no credentials are named, as emulators need none.
    /// - Throws: `Failure` saying what is missing, `ExchangeProblem` if a server does not answer.
    func fetchToken(now: Int64) throws -> Token? {
        if let path = environment["GOOGLE_APPLICATION_CREDENTIALS"] { return try token(of: ByteString(path), now) }
        let folder =
            environment["CLOUDSDK_CONFIG"].map { ByteString($0) }
            ?? environment.home?.appending(path: ".config/gcloud")
        if let path = folder?.appending(path: "application_default_credentials.json"), try Sys.exists(path) {
            return try token(of: path, now)
        }
        let isEmulated = environment["STORAGE_EMULATOR_HOST"] != nil
        return isEmulated && environment["GCE_METADATA_HOST"] == nil ? nil : try metadataToken(now)
    }

    private func token(of path: ByteString, _ now: Int64) throws -> Token {
        let file = try describing(
            "could not read the Google credentials '\(path)'",
            remedy: "Run 'gcloud auth application-default login', or name a key with GOOGLE_APPLICATION_CREDENTIALS."
        ) {
            try JSONDocument(File.openGiven(path).slice().readAll(limit: 1 << 20)).root
        }
        func field(_ name: StaticString) throws -> String {
            guard let text = file.present(name)?.string else { throw Failure("'\(path)' has no '\(name)'") }
            return text
        }
        let project = environment["GOOGLE_CLOUD_QUOTA_PROJECT"] ?? file.present("quota_project_id")?.string
        let endpoint = file.present("token_uri")?.string ?? "https://oauth2.googleapis.com/token"
        switch try field("type") {
        case "service_account":
            let assertion = try JSONWebToken.signed(
                issuer: field("client_email"), keyID: file.present("private_key_id")?.string,
                scope: GoogleCredentials.scope, audience: endpoint, now: now, privateKey: field("private_key"))
            return try exchange(
                endpoint,
                [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", assertion)], project, now)
        case "authorized_user":
            return try exchange(
                endpoint,
                [
                    ("grant_type", "refresh_token"), ("client_id", try field("client_id")),
                    ("client_secret", try field("client_secret")), ("refresh_token", try field("refresh_token")),
                ], project, now)
        case let kind:
            throw Failure(
                "the Google credentials '\(path)' are of kind '\(kind)'; "
                    + "pixi-pack reads 'service_account' and 'authorized_user'",
                remedy:
                    "Run 'gcloud auth application-default login', or name a key with GOOGLE_APPLICATION_CREDENTIALS.")
        }
    }

    private func exchange(
        _ endpoint: String, _ form: [(String, String)], _ project: String?, _ now: Int64
    ) throws -> Token {
        let reply = try client.sendSuccessfully(
            HTTPClient.Call(
                method: "POST", url: endpoint, headers: ["Content-Type: application/x-www-form-urlencoded"],
                body: FormBody.encode(form)))
        return try token(reply, project, now)
    }

    private func metadataToken(_ now: Int64) throws -> Token {
        let host = environment["GCE_METADATA_HOST"] ?? "metadata.google.internal"
        let url =
            "http://\(host)/computeMetadata/v1/instance/service-accounts/default/token"
            + "?scopes=\(PercentEncoding.encode(GoogleCredentials.scope.utf8))"
        let reply = try describing(
            "no Google credentials file; the metadata server",
            remedy: "Run 'gcloud auth application-default login', or name a key with GOOGLE_APPLICATION_CREDENTIALS."
        ) {
            try client.sendSuccessfully(
                HTTPClient.Call(url: url, headers: ["Metadata-Flavor: Google"], timeoutSeconds: 5, isDirect: true))
        }
        return try token(reply, environment["GOOGLE_CLOUD_QUOTA_PROJECT"], now)
    }

    private func token(_ reply: HTTPClient.Reply, _ project: String?, _ now: Int64) throws -> Token {
        let answer = try reply.json()
        guard let text = answer["access_token"]?.string else { throw Failure("the answer has no access token") }
        let seconds = answer["expires_in"]?.int64 ?? 3600
        return Token(text: text, expiresAt: now &+ seconds, quotaProject: project)
    }
}
