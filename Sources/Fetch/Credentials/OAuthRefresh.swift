import Support

/// Renews OAuth tokens before they expire (docs/spec/network.md#keys), one at a time.
struct OAuthRefresh: Sendable {
    let client: HTTPClient
    let store: CredentialStore
    let reporter: any Reporter
    private let turn = Locked(())

    init(client: HTTPClient, store: CredentialStore, reporter: any Reporter) {
        self.client = client
        self.store = store
        self.reporter = reporter
    }

    /// Tokens that live shorter than this many seconds are renewed.
    static let margin: Int64 = 300

    /// The token to send; nil if there is no valid one, and the request is sent without.
    func accessToken(for credential: OAuthCredential, now: Int64, find: () -> CredentialStore.Found?) -> String? {
        guard let expiry = credential.expiresAt, expiry - now < OAuthRefresh.margin else {
            return credential.accessToken
        }
        return turn.withLock { _ in
            // Another thread may have renewed it in the meantime.
            guard let found = find(), case .oauth(let current) = found.credential else { return nil }
            if let expiry = current.expiresAt, expiry - now >= OAuthRefresh.margin { return current.accessToken }
            if current.expiresAt == nil { return current.accessToken }
            do {
                let renewed = try renew(current, now: now)
                store.renew(found, with: renewed, reporter: reporter)
                return renewed.accessToken
            } catch {
                let isValid = expiry > now
                reporter.warn(
                    "the token for '\(found.key)' could not be renewed (\(error)); "
                        + (isValid ? "the old one is still valid" : "the request goes without credentials"))
                return isValid ? current.accessToken : nil
            }
        }
    }

    private func renew(_ credential: OAuthCredential, now: Int64) throws -> OAuthCredential {
        guard let refreshToken = credential.refreshToken else {
            throw Failure("there is no refresh token", remedy: "Log in again: pixi auth login HOST.")
        }
        let form = [
            ("grant_type", "refresh_token"), ("refresh_token", refreshToken), ("client_id", credential.clientID),
        ]
        let reply = try client.sendSuccessfully(
            HTTPClient.Call(
                method: "POST", url: credential.tokenEndpoint,
                headers: ["Content-Type: application/x-www-form-urlencoded", "Accept: application/json"],
                body: FormBody.encode(form)))
        let answer = try reply.json()
        guard let token = answer["access_token"]?.string else { throw Failure("the answer has no access token") }
        var renewed = credential
        renewed.accessToken = token
        renewed.refreshToken = answer.present("refresh_token")?.string ?? refreshToken
        renewed.expiresAt = answer.present("expires_in")?.int64.map { now &+ $0 }
        return renewed
    }
}
