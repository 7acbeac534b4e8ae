import Support

/// The profile of `AWS_PROFILE` in the files of the AWS programs.
struct AWSProfile: Sendable {
    private let name: String
    private let profiles: [String: [String: String]]
    private let environment: ProcessEnvironment

    init(_ environment: ProcessEnvironment) {
        self.environment = environment
        name = environment["AWS_PROFILE"] ?? environment["AWS_DEFAULT_PROFILE"] ?? "default"
        func sections(_ variable: String, _ usual: ByteString) -> [String: [String: String]] {
            let path = environment[variable].map { ByteString($0) } ?? environment.home?.appending(path: usual)
            guard let path, let file = try? File.openGiven(path), let text = try? file.slice().readAll(limit: 1 << 20)
            else { return [:] }
            return INIFile(text).sections
        }
        // The file of credentials has precedence over the one of settings.
        profiles = sections("AWS_CONFIG_FILE", ".aws/config").merging(
            sections("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials")
        ) { settings, credentials in settings.merging(credentials) { $1 } }
    }

    subscript(key: String) -> String? { profiles[name]?[key] }

    /// The endpoint of S3: of the profile's own services, else of all services.
    var endpoint: String? {
        let services = self["services"].flatMap { profiles["services \($0)"] }
        return services?["s3.endpoint_url"] ?? self["endpoint_url"]
    }

    /// Whether the bucket is part of the path: `addressing_style` of the profile's `s3` settings; nil: as it fits.
    var usesPathStyle: Bool? {
        switch self["s3.addressing_style"] {
        case "path": true
        case "virtual": false
        default: nil
        }
    }

    /// The keys of the profile; nil if it has none.
    func keys(_ tokens: AWSTokenService) throws -> AWSEnvironment.TemporaryKeys? {
        if environment["AWS_PROFILE"] != nil, profiles[name] == nil {
            throw Failure(
                "the AWS profile '\(name)' of AWS_PROFILE does not exist",
                remedy: "Mend the profile in ~/.aws/config, or name another one with AWS_PROFILE.")
        }
        return try keys(of: name, tokens, depth: 0)
    }

    private func keys(
        of name: String, _ tokens: AWSTokenService, depth: Int
    ) throws -> AWSEnvironment.TemporaryKeys? {
        guard let profile = profiles[name], depth < 8 else { return nil }
        if let role = profile["role_arn"] {
            if let file = profile["web_identity_token_file"] {
                return try tokens.assumeRole(
                    role, webIdentityFile: ByteString(file), session: profile["role_session_name"])
            }
            if let source = profile["credential_source"] {
                let base = try tokens.keys(ofSource: source, profile: name)
                return try tokens.assumeRole(role, with: base.keys, profile: profile)
            }
            guard let source = profile["source_profile"] else {
                throw Failure(
                    "the AWS profile '\(name)' has a role_arn without source_profile",
                    remedy: "Mend the profile in ~/.aws/config, or name another one with AWS_PROFILE.")
            }
            // A profile that names itself means its own static keys.
            let base = source == name ? AWSProfile.staticKeys(profile) : try keys(of: source, tokens, depth: depth + 1)
            guard let base else {
                throw Failure(
                    "the AWS profile '\(source)' has no credentials",
                    remedy: "Mend the profile in ~/.aws/config, or name another one with AWS_PROFILE.")
            }
            return try tokens.assumeRole(role, with: base.keys, profile: profile)
        }
        if let keys = AWSProfile.staticKeys(profile) { return keys }
        if let command = profile["credential_process"] { return try run(command, profile: name) }
        if profile["sso_session"] != nil || profile["sso_start_url"] != nil {
            let session = profile["sso_session"].flatMap { profiles["sso-session \($0)"] }
            return try AWSSingleSignOn(client: tokens.client, environment: environment)
                .keys(of: name, profile, session: session)
        }
        return nil
    }

    private static func staticKeys(_ profile: [String: String]) -> AWSEnvironment.TemporaryKeys? {
        guard let access = profile["aws_access_key_id"], let secret = profile["aws_secret_access_key"] else {
            return nil
        }
        return AWSEnvironment.TemporaryKeys(
            keys: S3Keys(accessKey: access, secretKey: secret, sessionToken: profile["aws_session_token"]))
    }

    /// A program of the user's that prints keys as JSON.
    private func run(_ command: String, profile: String) throws -> AWSEnvironment.TemporaryKeys {
        try describing(
            "the credential_process of the AWS profile '\(profile)'",
            remedy: "Run the command by hand to see what it says."
        ) {
            // The tools hand the line to a shell.
            let ending = try ExternalProgram(path: "/bin/sh").run(["-c", ByteString(command + " 2>/dev/null")])
            guard ending.isSuccess else { throw Failure("it failed with \(ending.text)") }
            return try AWSEnvironment.TemporaryKeys(credentialJSON: JSONDocument(ending.output.bytes).root)
        }
    }
}

extension AWSEnvironment.TemporaryKeys {
    /// The object that metadata services and credential processes answer with.
    init(credentialJSON value: JSONValue) throws {
        guard let access = value["AccessKeyId"]?.string, let secret = value["SecretAccessKey"]?.string else {
            throw Failure("the answer has no AccessKeyId and SecretAccessKey")
        }
        let token = value.present("Token")?.string ?? value.present("SessionToken")?.string
        let expiry = value.present("Expiration")?.string
        self.init(
            keys: S3Keys(accessKey: access, secretKey: secret, sessionToken: token),
            expiresAt: expiry.flatMap { InternetTime.seconds($0) })
    }
}
