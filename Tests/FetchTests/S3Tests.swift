import CondaModel
import Fetch
import Support
import TestKit
import Testing

@Suite("S3")
final class S3Tests: ServedSuite {
    private func bucket(_ name: String, _ endpoint: String, pathStyle: Bool) throws {
        harness.settings.configuration.s3Options[name] = Sourced(
            S3Options(endpoint: try WebURL(endpoint), region: "eu-north-1", forcePathStyle: pathStyle), origin: "test")
    }

    private func stored(_ json: String) throws {
        harness.settings.authFile = try directory.write("auth.json", json)
    }

    private static let keys = #"{"S3Credentials": {"access_key_id": "AK", "secret_access_key": "s/+"}}"#

    @Test("path style, virtual hosts, session token; keys of any bytes [network 109]")
    func styles() throws {
        try server.requireSignature(access: "AK", secret: "s/+")
        try stored(
            #"{"s3://paths": \#(S3Tests.keys), "hosts": \#(S3Tests.keys), "s3://tokens": {"S3Credentials":"#
                + #" {"access_key_id": "AK", "secret_access_key": "s/+", "session_token": "to/k="}}}"#)
        try bucket("paths", server.url(""), pathStyle: true)
        try bucket("hosts", server.url("", host: "localhost"), pathStyle: false)
        try bucket("tokens", server.url("", host: "localhost"), pathStyle: true)
        _ = try server.file("/paths/c/a%2Bb%20c%25%C3%A4%21%7E.conda".replacingTilde, size: 10)
        _ = try server.file("/c/a.conda", size: 20)
        _ = try server.file("/tokens/c/a.conda", size: 30)
        #expect(try harness.fetch("s3://paths/c/a+b%20c%25%C3%A4!~.conda").result?.size == 10)
        #expect(try harness.fetch("s3://paths/c/a%2Bb c%25ä%21~.conda").result?.size == 10)
        #expect(try harness.fetch("s3://hosts/c/a.conda").result?.size == 20)
        #expect(try server.log().requests.last?.headers["host"] == "hosts.localhost:\(server.port)")
        #expect(try harness.fetch("s3://tokens/c/a.conda").result?.size == 30)
        #expect(try server.log().requests.last?.headers["x-amz-security-token"] == "to/k=")
        try stored(
            #"{"s3://paths": {"S3Credentials": {"access_key_id": "AK", "secret_access_key": "wrong"}},"#
                + #" "hosts": {"BearerToken": "x"}}"#)
        let refused = errorText { _ = try harness.fetch("s3://paths/c/a.conda") }
        #expect(refused.contains("403 Forbidden"))
        let wrongKind = errorText { _ = try harness.fetch("s3://hosts/c/a.conda") }
        #expect(wrongKind.contains("unsupported authentication method"))
    }

    @Test("the longest key that fits is used [network 110]")
    func prefixes() throws {
        try server.requireSignature(access: "AK", secret: "s/+")
        let wrong = #"{"S3Credentials": {"access_key_id": "AK", "secret_access_key": "wrong"}}"#
        try stored(#"{"s3://b": \#(wrong), "s3://b/c": \#(S3Tests.keys)}"#)
        try bucket("b", server.url(""), pathStyle: true)
        _ = try server.file("/b/c/noarch/a.conda", size: 10)
        #expect(try harness.fetch("s3://b/c/noarch/a.conda").result?.size == 10)
        #expect(errorText { _ = try harness.fetch("s3://b/d/a.conda") }.contains("403 Forbidden"))
    }

    @Test("without options only AWS's own settings count [network 111]")
    func awsOnly() throws {
        try server.requireSignature(access: "AK", secret: "s/+")
        try stored(#"{"s3://b": {"S3Credentials": {"access_key_id": "AK", "secret_access_key": "wrong"}}}"#)
        _ = try server.file("/b/a.conda", size: 10)
        let common = ["AWS_ENDPOINT_URL": server.url(""), "AWS_EC2_METADATA_DISABLED": "true"]
        func fetch(_ variables: [String: String]) throws -> Int64? {
            var harness = harness
            harness.settings.environment = ProcessEnvironment(common.merging(variables) { $1 })
            return try harness.fetch("s3://b/a.conda").result?.size
        }
        #expect(
            try fetch(["AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_ACCESS_KEY": "s/+", "AWS_REGION": "us-east-2"]) == 10)
        try directory.write(
            "aws/config",
            "[default]\nregion = us-east-1\n[profile work]\nregion=eu-west-1\ncredential_process = cat "
                + "\(directory("aws/keys.json"))\n")
        try directory.write("aws/credentials", "[default]\naws_access_key_id = AK\naws_secret_access_key = s/+\n")
        try directory.write("aws/keys.json", #"{"Version": 1, "AccessKeyId": "AK", "SecretAccessKey": "s/+"}"#)
        let files = [
            "AWS_CONFIG_FILE": directory("aws/config").lossyString,
            "AWS_SHARED_CREDENTIALS_FILE": directory("aws/credentials").lossyString,
        ]
        #expect(try fetch(files) == 10)
        #expect(try fetch(files.merging(["AWS_PROFILE": "work"]) { $1 }) == 10)
        let message = errorText { _ = try fetch(["AWS_REGION": "x"]) }
        #expect(message.contains("failed to sign") && message.contains("no AWS credentials are known"))
        let missing = errorText { _ = try fetch(files.merging(["AWS_PROFILE": "no"]) { $1 }) }
        #expect(missing.contains("profile 'no'") || missing.contains("no AWS region"))
    }

    @Test("a profile's services and addressing style count, and the requester pays if wanted")
    func settingsOfProfiles() throws {
        try server.requireSignature(access: "AK", secret: "s/+")
        _ = try server.file("/b/a.conda", size: 10)
        let config = try directory.write(
            "aws/config",
            """
            [default]
            region = us-east-1
            services = mine
            s3 =
              addressing_style = path
            [services mine]
            dynamodb =
              endpoint_url = http://127.0.0.1:1
            s3 =
              endpoint_url = \(server.url("", host: "localhost"))

            """)
        let variables = [
            "AWS_CONFIG_FILE": config.lossyString, "AWS_EC2_METADATA_DISABLED": "true", "AWS_ACCESS_KEY_ID": "AK",
            "AWS_SECRET_ACCESS_KEY": "s/+", "AWS_REQUEST_PAYER": "requester",
        ]
        harness.settings.environment = ProcessEnvironment(variables)
        #expect(try harness.fetch("s3://b/a.conda").result?.size == 10)
        let request = try #require(try server.log().requests.last)
        #expect(request.path == "/b/a.conda" && request.headers["x-amz-request-payer"] == "requester")
        #expect(request.headers["authorization"]?.contains("x-amz-request-payer") == true)
    }

    @Test("keys of containers are not asked without TLS from strangers")
    func strangeContainer() throws {
        harness.settings.environment = ProcessEnvironment([
            "AWS_ENDPOINT_URL_S3": server.url(""), "AWS_REGION": "r",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://keys.example/creds",
        ])
        #expect(
            errorText { _ = try harness.fetch("s3://b/a.conda") }.contains("names 'keys.example' without TLS"))
    }

    @Test("keys of container and instance metadata services")
    func metadata() throws {
        let metadata = try FaultServer()
        let keys =
            #"{"AccessKeyId": "AK", "SecretAccessKey": "s/+", "Token": "t", "Expiration": "2099-01-01T00:00:00Z"}"#
        _ = try metadata.text("/creds", keys)
        _ = try metadata.text("/latest/api/token", "meta-token")
        _ = try metadata.text("/latest/meta-data/placement/region", "eu-west-3")
        _ = try metadata.text("/latest/meta-data/iam/security-credentials/", "role")
        _ = try metadata.text("/latest/meta-data/iam/security-credentials/role", keys)
        try server.requireSignature(access: "AK", secret: "s/+")
        _ = try server.file("/b/a.conda", size: 10)
        harness.settings.environment = ProcessEnvironment([
            "AWS_ENDPOINT_URL_S3": server.url(""), "AWS_REGION": "r",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": metadata.url("/creds"),
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": "container-token",
        ])
        #expect(try harness.fetch("s3://b/a.conda").result?.size == 10)
        #expect(try metadata.log().requests.first?.headers["authorization"] == "container-token")
        harness.settings.environment = ProcessEnvironment([
            "AWS_ENDPOINT_URL_S3": server.url(""), "AWS_EC2_METADATA_SERVICE_ENDPOINT": metadata.url(""),
        ])
        #expect(try harness.fetch("s3://b/a.conda").result?.size == 10)
        #expect(try server.log().requests.last?.headers["authorization"]?.contains("/eu-west-3/s3/") == true)
        #expect(try metadata.log().requests.last?.headers["x-aws-ec2-metadata-token"] == "meta-token")
    }

    @Test("single sign-on, web identities and roles of profiles")
    func profiles() throws {
        try server.requireSignature(access: "AK", secret: "s/+")
        _ = try server.file("/b/a.conda", size: 10)
        let services = try FaultServer()
        let xml =
            "<R><Credentials><AccessKeyId>AK</AccessKeyId><SecretAccessKey>s/+</SecretAccessKey>"
            + "<SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></R>"
        _ = try services.text("/", xml)
        _ = try services.text(
            "/federation/credentials?role_name=Reader&account_id=123",
            #"{"roleCredentials": {"accessKeyId": "AK", "secretAccessKey": "s/+", "sessionToken": "t","#
                + #" "expiration": 4070908800000}}"#)
        try directory.write(
            "home/.aws/config",
            """
            [sso-session corp]
            sso_start_url = https://corp.example/start
            sso_region = eu-west-1
            [profile sso]
            sso_session = corp
            sso_account_id = 123
            sso_role_name = Reader
            [profile old]
            sso_start_url = https://corp.example/start
            sso_region = eu-west-1
            sso_account_id = 123
            sso_role_name = Reader
            [profile web]
            role_arn = arn:role
            web_identity_token_file = \(directory("token"))
            [profile role]
            role_arn = arn:role
            external_id = x
            credential_source = Environment
            [profile odd]
            role_arn = arn:role
            credential_source = Oracle

            """)
        try directory.write("token", "jwt\n")
        let base = [
            "HOME": directory("home").lossyString, "AWS_ENDPOINT_URL_S3": server.url(""), "AWS_REGION": "eu-west-1",
            "AWS_ENDPOINT_URL_SSO": services.url(""), "AWS_ENDPOINT_URL_STS": services.url(""),
            "AWS_EC2_METADATA_DISABLED": "true",
        ]
        func fetch(_ variables: [String: String]) throws -> Int64? {
            var harness = harness
            harness.settings.environment = ProcessEnvironment(base.merging(variables) { $1 })
            return try harness.fetch("s3://b/a.conda").result?.size
        }
        let nobody = errorText { _ = try fetch(["AWS_PROFILE": "sso"]) }
        #expect(nobody.contains("nobody is signed in") && nobody.contains("aws sso login --profile sso"))
        // The SHA-1 of the session's name and of the start URL.
        let token = #"{"accessToken": "sso-token", "expiresAt": "2099-01-01T00:00:00Z"}"#
        for name in ["ee0bfd2552fbd840c02cc48b6e823320543c450f", "f7c9b39d0b4c7a7d82c79307585f77e1c5e74378"] {
            try directory.write("home/.aws/sso/cache/\(name).json", token)
        }
        #expect(try fetch(["AWS_PROFILE": "sso"]) == 10)
        #expect(try services.log().requests.last?.headers["x-amz-sso_bearer_token"] == "sso-token")
        #expect(try fetch(["AWS_PROFILE": "old"]) == 10)
        try directory.write(
            "home/.aws/sso/cache/f7c9b39d0b4c7a7d82c79307585f77e1c5e74378.json",
            #"{"accessToken": "sso-token", "expiresAt": "2001-01-01T00:00:00Z"}"#)
        let expired = errorText { _ = try fetch(["AWS_PROFILE": "old"]) }
        #expect(expired.contains("has expired") && !expired.contains("sso-token"))
        #expect(try fetch(["AWS_PROFILE": "web"]) == 10)
        let identity = try services.log().requests.last
        #expect(identity?.body.contains("Action=AssumeRoleWithWebIdentity") == true)
        #expect(identity?.body.contains("WebIdentityToken=jwt") == true && identity?.headers["authorization"] == nil)
        #expect(
            try fetch(["AWS_ROLE_ARN": "arn:other", "AWS_WEB_IDENTITY_TOKEN_FILE": directory("token").lossyString])
                == 10)
        #expect(try services.log().requests.last?.body.contains("RoleArn=arn%3Aother") == true)
        let odd = errorText { _ = try fetch(["AWS_PROFILE": "odd"]) }
        #expect(odd.contains("unknown credential_source 'Oracle'"))
    }

    @Test("a mirror may lie in a bucket [network 112]")
    func mirror() throws {
        try server.requireSignature(access: "AK", secret: "s/+")
        try stored(#"{"s3://b/m": \#(S3Tests.keys)}"#)
        try bucket("b", server.url(""), pathStyle: true)
        _ = try server.file("/b/m/noarch/a.conda", size: 10)
        harness.settings.configuration.mirrors[try WebURL("https://nowhere.invalid/c")] = Sourced(
            [try WebURL("s3://b/m")], origin: "test")
        #expect(try harness.fetch("https://nowhere.invalid/c/noarch/a.conda").result?.size == 10)
    }

    @Test(
        "moto, a server that checks signatures against the keys of its users, accepts ours",
        .enabled(if: TestServers.hasMoto, "the Python package moto with its server extra is not installed"))
    func moto() throws {
        let process = try ServerProcess(script: "s3_server.py", python: ServerPython.path)
        let port = try process.readLine().split(separator: " ").last ?? ""
        _ = try process.ask(#"{"key": "c/noarch/a-1-0.conda", "text": "package"}"#)
        let answer = try JSONDocument(Array(process.ask("").utf8)).root
        func entry(_ prefix: String, secret: String? = nil) -> String {
            let token = prefix.isEmpty ? "" : #", "session_token": "\#(answer["role_token"]?.string ?? "")""#
            let access = prefix.isEmpty ? answer["access"]?.string : answer["role_access"]?.string
            let key = secret ?? (prefix.isEmpty ? answer["secret"]?.string : answer["role_secret"]?.string)
            return #"{"s3://packages/c": {"S3Credentials": {"access_key_id": "\#(access ?? "")","#
                + #" "secret_access_key": "\#(key ?? "")"\#(token)}}}"#
        }
        try bucket("packages", "http://127.0.0.1:\(port)", pathStyle: true)
        for (json, isRight) in [
            (entry(""), true), (entry("role"), true), (entry("", secret: "wrong"), false),
            (entry("role", secret: "wrong"), false),
        ] {
            try stored(json)
            let message = errorText {
                let size = try harness.fetch("s3://packages/c/noarch/a-1-0.conda").result?.size
                #expect(size == 7)
            }
            #expect(isRight ? message == "(no error)" : message.contains("403"))
        }
    }
}

extension String {
    /// `~` is never encoded.
    fileprivate var replacingTilde: String {
        split(separator: "%7E", omittingEmptySubsequences: false).joined(separator: "~")
    }
}
