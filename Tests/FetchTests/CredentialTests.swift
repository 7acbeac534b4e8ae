import CondaModel
import Fetch
import Support
import TestKit
import Testing

@Suite("Credentials")
final class CredentialTests: ServedSuite {
    override init() throws {
        try super.init()
        _ = try server.file("/a.conda", size: 10)
    }

    private func auth(_ json: String) throws {
        harness.settings.authFile = try directory.write("auth.json", json)
    }

    /// What the server saw of who we are.
    private func seen(host: String = "127.0.0.1") throws -> String? {
        try server.clearLog()
        _ = try harness.fetch(server.url("/a.conda", host: host))
        return try server.log().requests.first?.headers["authorization"]
    }

    @Test("credentials that were sent and refused are named with their source, never themselves")
    func refused() throws {
        try auth(#"{"127.0.0.1": {"BearerToken": "s3cret"}}"#)
        try server.faults("/a.conda", #"{"kind": "status", "code": 403}"#)
        let message = errorText { _ = try harness.fetch(server.url("/a.conda")) }
        #expect(message.contains("the credentials of '") && message.contains("auth.json' for '127.0.0.1' were refused"))
        #expect(!message.contains("s3cret"))
    }

    @Test("what a host would get is told, without the secret")
    func lookUp() throws {
        try auth(#"{"*.example.org": {"BasicHTTP": {"username": "u", "password": "s3cret"}}}"#)
        let found = try #require(
            try CredentialLookup.find("a.example.org", harness.settings, reporter: harness.reporter))
        #expect(found.kind == "user and password" && found.key == "*.example.org" && found.place.contains("auth.json"))
        #expect(harness.reporter.all.contains("The keyring is not asked"))
        #expect(try CredentialLookup.find("https://other.org/x", harness.settings, reporter: harness.reporter) == nil)
    }

    @Test("exact host, wildcards, no ports [network 100]")
    func keys() throws {
        try auth(#"{"localhost": {"BearerToken": "exact"}, "*.localhost": {"BearerToken": "wild"}}"#)
        #expect(try seen(host: "localhost") == "Bearer exact")
        #expect(try seen(host: "a.b.localhost") == "Bearer wild")
        #expect(try seen() == nil)
        try auth(#"{"127.0.0.1": {"BearerToken": "ip"}, "*.b.localhost": {"BearerToken": "parent"}}"#)
        #expect(try seen() == "Bearer ip")
        #expect(try seen(host: "b.localhost") == "Bearer parent")
        #expect(try seen(host: "localhost") == nil)
        try auth(#"{"127.0.0.1:\#(server.port)": {"BearerToken": "port"}, "*.0.0.1": {"BearerToken": "net"}}"#)
        #expect(try seen() == nil)
    }

    @Test("each kind of credential [network 101]")
    func kinds() throws {
        try auth(#"{"127.0.0.1": {"BasicHTTP": {"username": "u", "password": "p:ä"}}}"#)
        #expect(try seen() == "Basic dTpwOsOk")
        try auth(#"{"127.0.0.1": {"S3Credentials": {"access_key_id": "a", "secret_access_key": "s"}}}"#)
        #expect(try seen() == nil)
        try auth(#"{"127.0.0.1": {"CondaToken": "to-ken"}}"#)
        _ = try server.file("/t/to-ken/a.conda", size: 10)
        #expect(try seen() == nil)
        #expect(try server.log().requests.first?.path == "/t/to-ken/a.conda")
        _ = try harness.fetch("http://user:p%40ss@127.0.0.1:\(server.port)/a.conda")
        #expect(try server.log().requests.last?.headers["authorization"] == "Basic dXNlcjpwQHNz")
    }

    @Test("an exact host in netrc beats a wildcard in the auth file [network 102]")
    func netrcFirst() throws {
        try auth(#"{"*.localhost": {"BearerToken": "wild"}}"#)
        let netrc = try directory.write("netrc", "machine localhost login u password p\n")
        harness.settings.environment = ProcessEnvironment(["NETRC": netrc.lossyString])
        #expect(try seen(host: "localhost") == "Basic dTpw")
    }

    @Test("netrc with comments, default, macros, missing password [network 103]")
    func netrc() throws {
        try directory.write(
            "home/.netrc",
            "# mine\nmachine 127.0.0.1 login u # here too\nmacdef init\n cd /\n\nmachine other\n  login x\n"
                + "  password y\ndefault login d password d\n")
        harness.settings.environment = ProcessEnvironment(["HOME": directory("home").lossyString])
        #expect(try seen() == "Basic dTo=")
        #expect(try seen(host: "localhost") == nil)
        try directory.write("home/.netrc", "machine 127.0.0.1 wobble x")
        #expect(try seen() == nil)
        #expect(harness.reporter.warnings.contains { $0.contains(".netrc' is not used") })
    }

    @Test("a missing or wrong auth file is an error that names it [network 104]")
    func wrongFiles() throws {
        harness.settings.authFile = directory("no.json")
        #expect(errorText { _ = try harness.fetch([]) }.contains("Authentication file does not exist"))
        for text in ["{", "[]", #"{"h": {"Wobble": "x"}}"#, #"{"h": {"BasicHTTP": {"username": "s3cret"}}}"#] {
            try auth(text)
            let message = errorText { _ = try harness.fetch([]) }
            #expect(message.contains("auth.json") && message.contains("failed to parse"))
            #expect(!message.contains("s3cret"))
        }
    }

    @Test("RATTLER_AUTH_FILE may be missing; it comes after --auth-file [network 105]")
    func environmentFile() throws {
        harness.settings.environment = ProcessEnvironment(["RATTLER_AUTH_FILE": directory("no.json").lossyString])
        #expect(try seen() == nil)
        let path = try directory.write("other.json", #"{"127.0.0.1": {"BearerToken": "other"}}"#)
        harness.settings.environment = ProcessEnvironment(["RATTLER_AUTH_FILE": path.lossyString])
        #expect(try seen() == "Bearer other")
        try auth(#"{"127.0.0.1": {"BearerToken": "option"}}"#)
        #expect(try seen() == "Bearer option")
    }

    @Test("the default file and the keyring are asked")
    func defaults() throws {
        try directory.write("home/.rattler/credentials.json", #"{"127.0.0.1": {"BearerToken": "default"}}"#)
        harness.settings.environment = ProcessEnvironment(["HOME": directory("home").lossyString])
        #expect(try seen() == "Bearer default")
        let tool = try directory.write(
            "bin/secret-tool",
            "#!/bin/sh\n[ \"$*\" = \"lookup service rattler username 127.0.0.1\" ] || exit 1\n"
                + "echo '{\"BearerToken\":\"ring\"}'\n")
        let descriptor = try Sys.open(tool, 0)
        try Sys.chmod(descriptor, mode: 0o755)
        try Sys.close(descriptor)
        harness.settings.environment = ProcessEnvironment([
            "HOME": directory("home").lossyString, "PATH": directory("bin").lossyString,
            "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere",
        ])
        #expect(try seen() == "Bearer ring")
        #expect(try seen(host: "localhost") == nil)
    }

    @Test("credentials do not follow a redirect to another host or port [network 106]")
    func redirect() throws {
        let other = try FaultServer()
        _ = try other.file("/b.conda", size: 10)
        try auth(#"{"127.0.0.1": {"BearerToken": "tok"}}"#)
        _ = try server.file("/b.conda", size: 10)
        try server.faults("/a.conda", #"{"kind": "redirect", "to": "\#(other.url("/b.conda"))"}"#)
        _ = try harness.fetch(server.url("/a.conda"))
        #expect(try other.log().requests.first?.headers["authorization"] == nil)
        try server.faults("/a.conda", #"{"kind": "redirect", "to": "/b.conda"}"#)
        _ = try harness.fetch(server.url("/a.conda"))
        #expect(try server.log().requests.last?.headers["authorization"] == "Bearer tok")
    }

    @Test("no secret is ever printed [network 107]")
    func redaction() throws {
        try auth(
            #"{"127.0.0.1": {"CondaToken": "hush-token"}, "localhost": {"BearerToken": "hush-bearer"},"#
                + #" "b.localhost": {"BasicHTTP": {"username": "u", "password": "hush-basic"}}}"#)
        harness.settings.tries = 2
        let fault = #"{"kind": "status", "code": 500, "text": "see http://u:hush-body@h/?sig=hush-query"}"#
        try server.faults("*", fault, fault, fault, fault, fault, fault, fault, fault, fault, fault)
        var messages = ""
        for url in [
            server.url("/x.conda"), server.url("/x.conda?sig=hush-query", host: "localhost"),
            server.url("/x.conda", host: "b.localhost"), "http://u:hush-user@127.0.0.1:\(server.port)/x.conda",
        ] {
            messages += errorText { _ = try harness.fetch(url) }
        }
        #expect(messages.contains("/t/***/x.conda"))
        #expect(!(messages + harness.reporter.all).contains("hush"))
        #expect(harness.reporter.all.contains("GET "))
    }

    @Test("OAuth tokens are renewed when need be [network 108]")
    func oauth() throws {
        let now = SystemTime.now
        func entry(expires: Int64?, refresh: Bool = true) -> String {
            #"{"127.0.0.1": {"OAuth": {"access_token": "old", "client_id": "c", "revocation_endpoint": null,"#
                + #" "token_endpoint": "\#(server.url("/token"))""#
                + (refresh ? #", "refresh_token": "r/1""# : "") + (expires.map { #", "expires_at": \#($0)"# } ?? "")
                + #"}}, "other": {"BearerToken": "kept"}}"#
        }
        try auth(entry(expires: nil))
        #expect(try seen() == "Bearer old")
        try auth(entry(expires: now + 1000))
        #expect(try seen() == "Bearer old")
        try auth(entry(expires: now + 100, refresh: false))
        #expect(try seen() == "Bearer old")
        try auth(entry(expires: now - 100, refresh: false))
        #expect(try seen() == nil)
        #expect(harness.reporter.warnings.contains { $0.contains("could not be renewed") })
        _ = try server.text("/token", #"{"access_token": "new", "expires_in": 3600}"#)
        try auth(entry(expires: now + 100))
        try server.clearLog()
        _ = try harness.fetch(server.url("/a.conda"))
        let requests = try server.log().requests
        #expect(requests.first?.body == "grant_type=refresh_token&refresh_token=r%2F1&client_id=c")
        #expect(requests.last?.headers["authorization"] == "Bearer new")
        let stored = String(decoding: try directory.read("auth.json"), as: UTF8.self)
        #expect(stored.contains("\"new\"") && stored.contains("kept") && stored.contains("r/1"))
        #expect(try Sys.stat(directory("auth.json")).st_mode & 0o777 == 0o600)
    }

    @Test("credentials with line breaks are refused")
    func lineBreaks() throws {
        try auth(#"{"127.0.0.1": {"BearerToken": "a\r\nX-Evil: 1"}}"#)
        let message = errorText { _ = try harness.fetch(server.url("/a.conda")) }
        #expect(message.contains("line breaks") && !message.contains("Evil"))
    }
}
