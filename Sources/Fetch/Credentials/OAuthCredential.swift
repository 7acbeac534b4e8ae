import Support

/// A token that can be renewed.
struct OAuthCredential: Sendable, Equatable {
    var accessToken: String
    var refreshToken: String?
    /// Seconds since 1970; nil: it does not expire.
    var expiresAt: Int64?
    var tokenEndpoint: String
    var revocationEndpoint: String?
    var clientID: String

    /// Its JSON, as it stands in an authentication file.
    var json: [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("OAuth")
            writer.object { writer in
                writer.key("access_token")
                writer.value(accessToken)
                writer.member("refresh_token", refreshToken)
                writer.member("expires_at", expiresAt)
                writer.key("token_endpoint")
                writer.value(tokenEndpoint)
                writer.member("revocation_endpoint", revocationEndpoint)
                writer.key("client_id")
                writer.value(clientID)
            }
        }
        return writer.bytes
    }
}
