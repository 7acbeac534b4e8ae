import Support

/// A secret for one host or bucket (docs/spec/network.md#credentials). Never printed.
enum Credential: Sendable, Equatable {
    case bearer(String)
    case basic(user: String, password: String)
    /// Goes into the path: `/t/<token>/…`
    case condaToken(String)
    case s3(S3Keys)
    case oauth(OAuthCredential)

    /// Reads one credential: an object with exactly one member.
    ///
    /// - Throws: `Failure` that names the kind, not the value.
    init(_ value: JSONValue) throws {
        guard let members = value.members.map(Array.init), members.count == 1, let member = members.first else {
            throw Failure("a credential must be an object with exactly one member")
        }
        let kind = member.name.lossyString
        func field(_ name: StaticString) throws -> String {
            guard let text = member.value[name]?.string else { throw Failure("\(kind): missing field '\(name)'") }
            return text
        }
        func optional(_ name: StaticString) -> String? { member.value.present(name)?.string }
        switch kind {
        case "BearerToken", "CondaToken":
            guard let token = member.value.string else { throw Failure("\(kind): expected a string") }
            self = kind == "BearerToken" ? .bearer(token) : .condaToken(token)
        case "BasicHTTP":
            self = .basic(user: try field("username"), password: try field("password"))
        case "S3Credentials":
            self = .s3(
                S3Keys(
                    accessKey: try field("access_key_id"), secretKey: try field("secret_access_key"),
                    sessionToken: optional("session_token")))
        case "OAuth":
            self = .oauth(
                OAuthCredential(
                    accessToken: try field("access_token"), refreshToken: optional("refresh_token"),
                    expiresAt: member.value.present("expires_at")?.int64,
                    tokenEndpoint: try field("token_endpoint"),
                    revocationEndpoint: optional("revocation_endpoint"), clientID: try field("client_id")))
        default:
            throw Failure("unknown kind of credential '\(kind)'")
        }
    }
}
