import Support

/// The security token service: keys for a role.
struct AWSTokenService: Sendable {
    let client: HTTPClient
    let environment: ProcessEnvironment
    let region: String

    private var endpoint: String {
        environment["AWS_ENDPOINT_URL_STS"] ?? environment["AWS_ENDPOINT_URL"] ?? "https://sts.\(region).amazonaws.com"
    }

    /// With the token of another identity provider.
    func assumeRole(
        _ role: String, webIdentityFile: ByteString, session: String? = nil
    ) throws -> AWSEnvironment.TemporaryKeys {
        let token = try File.openGiven(webIdentityFile).slice().readAll(limit: 1 << 16)
        let form = [
            ("Action", "AssumeRoleWithWebIdentity"), ("Version", "2011-06-15"), ("RoleArn", role),
            ("RoleSessionName", session ?? environment["AWS_ROLE_SESSION_NAME"] ?? "pixi-pack"),
            ("WebIdentityToken", String(decoding: token.filter { $0 > 0x20 }, as: UTF8.self)),
        ]
        return try send(form, keys: nil)
    }

    /// With other keys.
    ///
    /// - Parameter profile: what else the profile says of the session.
    func assumeRole(
        _ role: String, with keys: S3Keys, profile: [String: String]
    ) throws -> AWSEnvironment.TemporaryKeys {
        var form = [
            ("Action", "AssumeRole"), ("Version", "2011-06-15"), ("RoleArn", role),
            (
                "RoleSessionName",
                profile["role_session_name"] ?? environment["AWS_ROLE_SESSION_NAME"] ?? "pixi-pack"
            ),
        ]
        if let text = profile["external_id"] { form.append(("ExternalId", text)) }
        if let text = profile["duration_seconds"] { form.append(("DurationSeconds", text)) }
        return try send(form, keys: keys)
    }

    /// What `credential_source` of a profile names.
    func keys(ofSource source: String, profile: String) throws -> AWSEnvironment.TemporaryKeys {
        switch source {
        case "Environment":
            if let access = environment["AWS_ACCESS_KEY_ID"], let secret = environment["AWS_SECRET_ACCESS_KEY"] {
                let token = environment["AWS_SESSION_TOKEN"]
                return .init(keys: S3Keys(accessKey: access, secretKey: secret, sessionToken: token))
            }
        case "EcsContainer":
            if let container = AWSContainer(client: client, environment: environment) { return try container.keys() }
        case "Ec2InstanceMetadata":
            if let metadata = AWSMetadata(client: client, environment: environment) { return try metadata.keys() }
        default:
            throw Failure("the AWS profile '\(profile)' has the unknown credential_source '\(source)'")
        }
        throw Failure("the credential_source '\(source)' of the AWS profile '\(profile)' has no credentials")
    }

    private func send(_ form: [(String, String)], keys: S3Keys?) throws -> AWSEnvironment.TemporaryKeys {
        let body = FormBody.encode(form)
        var headers = ["Content-Type: application/x-www-form-urlencoded"]
        if let keys {
            let host = String(endpoint.split(separator: "/", omittingEmptySubsequences: true).dropFirst().first ?? "")
            headers += SigV4(keys: keys, region: region, service: "sts").headers(
                method: "POST", path: "/", host: host, now: WallClock.seconds, body: body)
        }
        let reply = try describing(
            "could not get keys for the AWS role '\(form.first { $0.0 == "RoleArn" }?.1 ?? "")'",
            remedy: "Look at the profile's role_arn and source_profile, and whom the role trusts."
        ) {
            try client.sendSuccessfully(
                HTTPClient.Call(method: "POST", url: endpoint + "/", headers: headers, body: body))
        }
        let text = String(decoding: reply.body, as: UTF8.self)
        func element(_ name: String) -> String? {
            guard let start = text.range(ofText: "<\(name)>"), let end = text.range(ofText: "</\(name)>"),
                start.upperBound <= end.lowerBound
            else { return nil }
            return String(text[start.upperBound..<end.lowerBound])
        }
        guard let access = element("AccessKeyId"), let secret = element("SecretAccessKey") else {
            throw Failure(
                "the AWS token service answered without keys",
                remedy: "Try again, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.")
        }
        return AWSEnvironment.TemporaryKeys(
            keys: S3Keys(accessKey: access, secretKey: secret, sessionToken: element("SessionToken")),
            expiresAt: element("Expiration").flatMap { InternetTime.seconds($0) })
    }
}

extension String {
    /// The first place of `text`.
    fileprivate func range(ofText text: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
