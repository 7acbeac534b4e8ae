import CondaModel
import Fetch
import Support
import TestKit
import Testing

/// A workspace may be a stranger's: its configuration is not obeyed in silence, and gets no credentials.
@Suite("Configuration of a workspace") struct WorkspaceInfluenceTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func load(_ workspace: String, own: String = "", named: String? = nil) throws -> Configuration {
        try directory.write("w/.pixi/config.toml", workspace)
        try directory.write("home/.pixi/config.toml", own)
        var files = ConfigurationFiles()
        files.root = directory("none")
        files.environment = ProcessEnvironment(["HOME": directory("home").lossyString])
        files.workspace = directory("w")
        if let named { files.explicit = [try directory.write("named.toml", named)] }
        return try files.load().0
    }

    @Test func whatWeakensOrRedirectsIsAnnounced() throws {
        let configuration = try load(
            """
            tls-no-verify = true
            tls-root-certs = "webpki"
            authentication-override-file = "/tmp/x.json"
            [proxy-config]
            https = "http://user:secret@stranger.example:1"
            [mirrors]
            "https://conda.anaconda.org" = ["https://stranger.example/c"]
            "https://same.example/a" = ["https://same.example/b"]
            """)
        let text = try #require(configuration.workspaceInfluence).announcement
        for word in [
            "w/.pixi/config.toml", "tls-no-verify = true", "tls-root-certs = webpki", "stranger.example:1",
            "https://stranger.example/c", "authentication-override-file = /tmp/x.json", "credentials are not sent",
        ] { #expect(text.contains(word)) }
        #expect(!text.contains("secret") && !text.contains("same.example"))
    }

    @Test func whatThePersonWantsTooIsNot() throws {
        #expect(try load("[concurrency]\ndownloads = 3\n").workspaceInfluence == nil)
        #expect(try load("tls-no-verify = true", own: "tls-no-verify = true").workspaceInfluence == nil)
        #expect(try load("tls-no-verify = true", named: "tls-no-verify = true").workspaceInfluence == nil)
        // The file of a workspace in the home folder is the person's own.
        try directory.write("home/.pixi/config.toml", "tls-no-verify = true")
        var files = ConfigurationFiles()
        files.root = directory("none")
        files.environment = ProcessEnvironment(["HOME": directory("home").lossyString])
        files.workspace = directory("home")
        #expect(try files.load().0.workspaceInfluence == nil)
    }

    @Test func credentialsStayWhereTheWorkspaceMadeTheWayUnsafe() throws {
        let server = try FaultServer()
        let file = try server.file("/a.conda", size: 100)
        var harness = Harness()
        harness.settings.authFile = try directory.write("auth.json", #"{"127.0.0.1": {"BearerToken": "secret"}}"#)
        func sent(_ configuration: Configuration) throws -> [String?] {
            try server.clearLog()
            var harness = harness
            harness.settings.configuration = configuration
            _ = try harness.fetch(server.url("/a.conda"), sha256: file.sha256)
            return try server.log().requests.map { $0.headers["authorization"] }
        }
        #expect(try sent(load("")) == ["Bearer secret"])
        // The server is the proxy, which sees what plain HTTP carries.
        let proxy = "[proxy-config]\nhttp = \"\(server.url(""))\"\n"
        #expect(try sent(load(proxy)) == [nil])
        #expect(try sent(load(proxy, own: proxy)) == ["Bearer secret"])
        #expect(harness.reporter.warnings.contains { $0.contains("credentials for '127.0.0.1' are not sent") })
    }
}
