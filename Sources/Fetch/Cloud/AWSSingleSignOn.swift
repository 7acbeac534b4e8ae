import CLibCrypto
import Support

/// Keys for a profile with single sign-on, by the token that `aws sso login` has left (docs/spec/network.md#s3).
struct AWSSingleSignOn: Sendable {
    let client: HTTPClient
    let environment: ProcessEnvironment

    /// - Parameters:
    ///   - profile: the fields of the profile `name`.
    ///   - session: the fields of the section `sso-session` it names.
    /// - Throws: `Failure` that says how to sign in if there is no valid token.
    func keys(
        of name: String, _ profile: [String: String], session: [String: String]?
    ) throws -> AWSEnvironment.TemporaryKeys {
        func field(_ key: String) throws -> String {
            guard let value = session?[key] ?? profile[key] else {
                throw Failure("the AWS profile '\(name)' uses single sign-on, but has no \(key)")
            }
            return value
        }
        let region = try field("sso_region")
        let token = try self.token(profile["sso_session"] ?? field("sso_start_url"), profile: name)
        var endpoint = environment["AWS_ENDPOINT_URL_SSO"] ?? "https://portal.sso.\(region).amazonaws.com"
        while endpoint.utf8.last == UInt8(ascii: "/") { endpoint.removeLast() }
        let query = FormBody.encode([
            ("role_name", try field("sso_role_name")), ("account_id", try field("sso_account_id")),
        ])
        let call = HTTPClient.Call(
            url: "\(endpoint)/federation/credentials?\(query)", headers: ["x-amz-sso_bearer_token: \(token)"])
        let keys = try client.sendSuccessfully(call).json()["roleCredentials"]
        guard let access = keys?["accessKeyId"]?.string, let secret = keys?["secretAccessKey"]?.string else {
            throw Failure("the single sign-on of the AWS profile '\(name)' answered without keys")
        }
        return AWSEnvironment.TemporaryKeys(
            keys: S3Keys(accessKey: access, secretKey: secret, sessionToken: keys?["sessionToken"]?.string),
            // In milliseconds.
            expiresAt: keys?["expiration"]?.int64.map { $0 / 1000 })
    }

    /// The token of a session, or of a start URL in older profiles.
    private func token(_ key: String, profile: String) throws -> String {
        let remedy: Message = "Sign in: aws sso login --profile \(profile)"
        let path = environment.home?.appending(path: ByteString(".aws/sso/cache/\(Self.sha1(key)).json"))
        guard let path, let text = try? File.open(path).slice().readAll(limit: 1 << 20) else {
            throw Failure("nobody is signed in for the AWS profile '\(profile)'", remedy: remedy)
        }
        let json = try describing("could not read '\(path)'") { try JSONDocument(text).root }
        guard let token = json["accessToken"]?.string,
            let end = json["expiresAt"]?.string.flatMap({ InternetTime.seconds($0) }), end > WallClock.seconds
        else {
            throw Failure("the sign-in for the AWS profile '\(profile)' has expired", remedy: remedy)
        }
        return token
    }

    /// The name the tools give a token's file.
    private static func sha1(_ text: String) -> String {
        let bytes = Array(text.utf8)
        return encodeHex(
            [UInt8](unsafeUninitializedCapacity: 20) { digest, count in
                bytes.withUnsafeBufferPointer { _ = SHA1($0.baseAddress, $0.count, digest.baseAddress) }
                count = 20
            })
    }
}
