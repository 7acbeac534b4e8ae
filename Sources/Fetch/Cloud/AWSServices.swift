import CondaModel
import Support

/// The metadata service of an EC2 instance (version 2 of its protocol).
struct AWSMetadata: Sendable {
    private let client: HTTPClient
    private let base: String

    /// Nil if `AWS_EC2_METADATA_DISABLED` says so.
    init?(client: HTTPClient, environment: ProcessEnvironment) {
        if environment["AWS_EC2_METADATA_DISABLED"]?.lowercased() == "true" { return nil }
        self.client = client
        let isIPv6 = environment["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"]?.lowercased() == "ipv6"
        var base =
            environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"]
            ?? (isIPv6 ? "http://[fd00:ec2::254]" : "http://169.254.169.254")
        while base.utf8.last == UInt8(ascii: "/") { base.removeLast() }
        self.base = base
    }

    private func get(_ path: String) throws -> [UInt8] {
        let token = try client.sendSuccessfully(
            HTTPClient.Call(
                method: "PUT", url: base + "/latest/api/token",
                headers: ["X-aws-ec2-metadata-token-ttl-seconds: 300"], body: "", timeoutSeconds: 2, isDirect: true))
        let header = "X-aws-ec2-metadata-token: \(String(decoding: token.body, as: UTF8.self))"
        return try client.sendSuccessfully(
            HTTPClient.Call(url: base + path, headers: [header], timeoutSeconds: 2, isDirect: true)
        ).body
    }

    func region() throws -> String {
        String(decoding: try get("/latest/meta-data/placement/region"), as: UTF8.self)
    }

    func keys() throws -> AWSEnvironment.TemporaryKeys {
        let folder = "/latest/meta-data/iam/security-credentials/"
        let role = String(decoding: try get(folder), as: UTF8.self).prefix { $0 != "\n" }
        return try AWSEnvironment.TemporaryKeys(credentialJSON: JSONDocument(get(folder + role)).root)
    }
}

/// The credentials service of a container.
struct AWSContainer: Sendable {
    private static let hosts: Set<String> = ["169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"]
    private let client: HTTPClient
    private let url: String
    private let headers: [String]

    /// Nil if the variables do not name one.
    init?(client: HTTPClient, environment: ProcessEnvironment) {
        if let path = environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] {
            url = "http://169.254.170.2" + path
        } else if let full = environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] {
            url = full
        } else {
            return nil
        }
        self.client = client
        var token = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
        if let path = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"],
            let text = try? File.openGiven(ByteString(path)).slice().readAll(limit: 1 << 16)
        {
            token = String(decoding: text.filter { $0 > 0x20 }, as: UTF8.self)
        }
        headers = token.map { ["Authorization: \($0)"] } ?? []
    }

    func keys() throws -> AWSEnvironment.TemporaryKeys {
        // Without TLS only this machine and the addresses of ECS and EKS are asked, as the AWS programs do.
        let host = try WebURL(url).host ?? ""
        let isOwn = host == "localhost" || host.hasPrefix("127.") || host == "[::1]"
        guard url.hasPrefix("https://") || isOwn || Self.hosts.contains(host) else {
            throw Failure(
                "AWS_CONTAINER_CREDENTIALS_FULL_URI names '\(host)' without TLS",
                remedy: "Only https, this machine, and the addresses of ECS and EKS are asked for keys.")
        }
        let call = HTTPClient.Call(url: url, headers: headers, timeoutSeconds: 5, isDirect: true)
        return try AWSEnvironment.TemporaryKeys(credentialJSON: client.sendSuccessfully(call).json())
    }
}

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
