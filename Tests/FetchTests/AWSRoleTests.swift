import CondaModel
import Fetch
import Support
import TestKit
import Testing

@Suite("Roles of AWS and the end of their keys")
final class AWSRoleTests: ServedSuite {
    let services: FaultServer

    override init() throws {
        services = try FaultServer()
        try super.init()
        try server.requireSignature(access: "AK", secret: "s/+")
        _ = try server.file("/b/a.conda", size: 10)
        _ = try server.file("/b/b.conda", size: 11)
        try directory.write(
            "home/.aws/config",
            """
            [profile role]
            role_arn = arn:aws:iam::1:role/reader
            source_profile = base
            external_id = ex+id
            role_session_name = nightly
            duration_seconds = 900
            [profile chain]
            role_arn = arn:aws:iam::2:role/outer
            source_profile = role
            [profile own]
            role_arn = arn:aws:iam::3:role/own
            source_profile = own
            aws_access_key_id = OWN
            aws_secret_access_key = own-secret
            [profile web]
            role_arn = arn:aws:iam::4:role/web
            web_identity_token_file = \(directory("token"))
            [profile lost]
            role_arn = arn:aws:iam::5:role/lost
            source_profile = nobody

            """)
        try directory.write(
            "home/.aws/credentials",
            "[base]\naws_access_key_id = BASE\naws_secret_access_key = base-secret\naws_session_token = base-token\n")
        try directory.write("token", "jwt\n")
    }

    /// What the token service answers from now on.
    private func answer(expiration: String = "2099-01-01T00:00:00Z", secret: String = "s/+") throws {
        _ = try services.text(
            "/",
            "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>AK</AccessKeyId><SecretAccessKey>"
                + "\(secret)</SecretAccessKey><SessionToken>t</SessionToken><Expiration>\(expiration)</Expiration>"
                + "</Credentials></AssumeRoleResult></AssumeRoleResponse>")
    }

    private func settled(_ variables: [String: String]) -> Harness {
        var harness = harness
        harness.settings.environment = ProcessEnvironment(
            [
                "HOME": directory("home").lossyString, "AWS_ENDPOINT_URL_S3": server.url(""),
                "AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL_STS": services.url(""),
                "AWS_EC2_METADATA_DISABLED": "true",
            ].merging(variables) { $1 })
        return harness
    }

    /// Fetches both packages, one after the other, with one fetcher.
    private func fetchBoth(_ profile: String) throws -> [Int64] {
        let fetcher = try Fetcher(settings: settled(["AWS_PROFILE": profile]).settings, reporter: harness.reporter)
        return try ["s3://b/a.conda", "s3://b/b.conda"].flatMap {
            try fetcher.fetch([try Harness.request(0, $0, sink: MemorySink())]).map(\.size)
        }
    }

    @Test("a role with a source_profile: its keys sign the wish, with all the profile says of the session")
    func sourceProfile() throws {
        try answer()
        #expect(try fetchBoth("role") == [10, 11])
        let asked = try services.log().requests
        #expect(asked.count == 1)
        let fields = Set((asked.first?.body ?? "").split(separator: "&"))
        #expect(
            fields.isSuperset(of: [
                "Action=AssumeRole", "RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Freader", "RoleSessionName=nightly",
                "ExternalId=ex%2Bid", "DurationSeconds=900",
            ]))
        let headers = asked.first?.headers ?? [:]
        #expect(headers["authorization"]?.contains("Credential=BASE/") == true)
        #expect(headers["authorization"]?.contains("/eu-west-1/sts/aws4_request") == true)
        #expect(headers["x-amz-security-token"] == "base-token")
        #expect(try server.log().requests.allSatisfy { $0.headers["x-amz-security-token"] == "t" })
    }

    @Test("a role by way of a role, a profile that is its own source, and one whose source is nobody")
    func chains() throws {
        try answer()
        #expect(try fetchBoth("chain") == [10, 11])
        let asked = try services.log().requests
        #expect(asked.map { $0.body.contains("role%2Freader") } == [true, false])
        #expect(asked.last?.headers["authorization"]?.contains("Credential=AK/") == true)
        try services.clearLog()
        #expect(try fetchBoth("own") == [10, 11])
        #expect(try services.log().requests.first?.headers["authorization"]?.contains("Credential=OWN/") == true)
        let message = errorText { _ = try fetchBoth("lost") }
        #expect(message.contains("the AWS profile 'nobody' has no credentials"))
        #expect(!message.contains("secret"))
    }

    @Test("keys that end within five minutes are asked for anew before each download, others once")
    func expiry() throws {
        try answer(expiration: InternetTimeText.inSeconds(120))
        #expect(try fetchBoth("web") == [10, 11])
        #expect(try services.log().requests.count == 2)
        try services.clearLog()
        try answer(expiration: InternetTimeText.inSeconds(3600))
        #expect(try fetchBoth("web") == [10, 11])
        #expect(try services.log().requests.count == 1)
    }

    @Test("keys that are refused as expired are renewed once", arguments: [400, 403])
    func refused(status: Int) throws {
        try answer()
        let body = status == 400 ? #", "text": "<Error><Code>ExpiredToken</Code></Error>""# : ""
        try server.faults("/b/a.conda", #"{"kind": "status", "code": \#(status)\#(body)}"#)
        #expect(try fetchBoth("role") == [10, 11])
        #expect(try services.log().requests.count == 2)
        try services.clearLog()
        try answer(secret: "wrong")
        let message = errorText { _ = try fetchBoth("role") }
        #expect(message.contains("403 Forbidden"))
        #expect(try services.log().requests.count == 2)
    }

    @Test("what the token service refuses is said without secrets")
    func refusal() throws {
        try services.faults("/", #"{"kind": "status", "code": 403}"#)
        let message = errorText { _ = try fetchBoth("role") }
        #expect(message.contains("failed to sign the request for 's3://b/a.conda'"))
        #expect(message.contains("could not get keys for the AWS role 'arn:aws:iam::1:role/reader': HTTP status"))
        #expect(message.contains("403 Forbidden"))
        #expect(!message.contains("base-secret") && !message.contains("base-token"))
    }

    @Test(
        "moto gives keys for a role to a user and to another provider's token, and takes their signatures",
        .enabled(if: TestServers.hasMoto, "the Python package moto with its server extra is not installed"))
    func moto() throws {
        let process = try ServerProcess(script: "s3_server.py", python: ServerPython.path)
        let port = try process.readLine().split(separator: " ").last ?? ""
        _ = try process.ask(#"{"key": "c/noarch/a-1-0.conda", "text": "package"}"#)
        let answer = try JSONDocument(Array(process.ask("").utf8)).root
        let role = "arn:aws:iam::123456789012:role/role"
        func keys(_ secret: String?) -> String {
            "aws_access_key_id = \(answer["access"]?.string ?? "")\naws_secret_access_key = \(secret ?? "")\n"
        }
        try directory.write(
            "home/.aws/config",
            "[profile role]\nrole_arn = \(role)\nsource_profile = user\n[profile web]\nrole_arn = \(role)\n"
                + "web_identity_token_file = \(directory("token"))\n"
                + "[profile forged]\nrole_arn = \(role)\nsource_profile = forger\n")
        try directory.write(
            "home/.aws/credentials", "[user]\n\(keys(answer["secret"]?.string))[forger]\n\(keys("forged"))")
        let url = "http://127.0.0.1:\(port)"
        func fetch(_ variables: [String: String]) throws -> Int64? {
            let settled = settled(
                variables.merging(["AWS_ENDPOINT_URL_S3": url, "AWS_ENDPOINT_URL_STS": url]) { $1 })
            return try settled.fetch("s3://packages/c/noarch/a-1-0.conda").result?.size
        }
        #expect(try fetch(["AWS_PROFILE": "role"]) == 7)
        #expect(try fetch(["AWS_PROFILE": "web"]) == 7)
        let token = directory("token").lossyString
        #expect(try fetch(["AWS_ROLE_ARN": role, "AWS_WEB_IDENTITY_TOKEN_FILE": token]) == 7)
        #expect(errorText { _ = try fetch(["AWS_PROFILE": "forged"]) }.contains("403"))
    }
}

/// Times as the token service writes them.
private enum InternetTimeText {
    static func inSeconds(_ seconds: Int64) -> String {
        let outcome = try? ExternalProgram.find("date")?.run([
            "-u", "-d", ByteString("@\(SystemTime.now + seconds)"), "+%Y-%m-%dT%H:%M:%SZ",
        ])
        return outcome?.output.lossyString.split(separator: "\n").first.map(String.init) ?? ""
    }
}
