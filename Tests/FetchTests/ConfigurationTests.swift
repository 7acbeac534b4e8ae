import CondaModel
import Fetch
import Support
import TestKit
import Testing

@Suite("Configuration files")
struct ConfigurationTests {
    let directory: TemporaryDirectory
    let reporter = RecordingReporter()

    init() throws { directory = try TemporaryDirectory() }

    private func load(_ text: String) throws -> Configuration {
        var files = ConfigurationFiles()
        files.isDiscovering = false
        files.explicit = [try directory.write("config.toml", text)]
        return try files.load(reporter: reporter).0
    }

    @Test("pixi's full example is accepted, unknown keys are named with -v [network 121]")
    func fullExample() throws {
        let configuration = try load(
            """
            default-channels = ["conda-forge"]
            tls-no-verify = false
            tls-root-certs = "webpki"
            authentication-override-file = "/path/to/your/override.json"
            pinning-strategy = "no-pin"
            detached-environments = true
            run-post-link-scripts = "insecure"
            tool-platform = "win-64"
            wobble = 3
            [shell]
            change-ps1 = false
            force-activate = true
            [mirrors]
            "https://conda.anaconda.org/conda-forge" = ["https://prefix.dev/conda-forge"]
            "https://repo.example.org/bioconda" = [
              "https://conda.anaconda.org/bioconda",
              "oci://ghcr.io/channel-mirrors/bioconda",
            ]
            [repodata-config]
            disable-bzip2 = true
            [repodata-config."https://prefix.dev"]
            disable-sharded = false
            [pypi-config]
            index-url = "https://example.org/simple"
            extra-index-urls = ["https://example.org/simple2"]
            keyring-provider = "subprocess"
            [s3-options.my-bucket]
            endpoint-url = "http://localhost:9000"
            force-path-style = true
            region = "auto"
            [concurrency]
            solves = 2
            downloads = 12
            [proxy-config]
            http = "http://user:secret@localhost:8080"
            https = "http://localhost:8080"
            non-proxy-hosts = [".cn", "localhost", "[::1]"]
            [experimental]
            use-environment-activation-cache = true
            """)
        #expect(configuration.downloads?.value == 12)
        #expect(configuration.mirrors.count == 2)
        #expect(configuration.s3Options["my-bucket"]?.value.forcePathStyle == true)
        #expect(configuration.nonProxyHosts?.value == [".cn", "localhost", "[::1]"])
        #expect(configuration.tlsNoVerify?.value == false)
        #expect(configuration.authenticationFile?.value == "/path/to/your/override.json")
        #expect(reporter.all.contains("'wobble'") && !reporter.all.contains("pinning"))
        let shown = configuration.entries.map { "\($0.key) = \($0.values) from \($0.origin)" }.joined(separator: "\n")
        #expect(!shown.contains("secret"))
        #expect(shown.contains("proxy-config.http") && shown.contains("config.toml"))
    }

    @Test("run-post-link-scripts = false is accepted [network 122]")
    func postLink() throws { _ = try load("run-post-link-scripts = false") }

    @Test("s3-options need all three fields [network 123]")
    func s3Options() throws {
        let message = errorText {
            _ = try load("[s3-options.b]\nendpoint-url = \"https://e\"\nregion = \"r\"\n")
        }
        #expect(message.contains("Failed to parse config file: Error parsing configuration file"))
        #expect(message.contains("missing field 'force-path-style' in 's3-options.b'"))
    }

    @Test("a missing file is an error [network 124]")
    func missing() throws {
        var files = ConfigurationFiles()
        files.isDiscovering = false
        files.explicit = [directory("no.toml")]
        let message = errorText { _ = try files.load() }
        #expect(message.contains("Failed to parse config file: IO error while reading configuration file"))
        #expect(message.contains("no.toml"))
    }

    @Test(
        "wrong values are named",
        arguments: [
            ("mirrors = 3", "mirrors"), ("[mirrors]\n\"https://h/\" = \"https://m/\"", "list of URLs"),
            ("[mirrors]\n\"nonsense\" = []", "mirrors"), ("concurrency.downloads = -1", "concurrency.downloads"),
            ("concurrency.downloads = \"5\"", "concurrency.downloads"), ("tls-no-verify = 1", "tls-no-verify"),
            ("tls-root-certs = \"x\"", "tls-root-certs"), ("a = = 1", "line 1"),
            ("[proxy-config]\nhttp = \"no url\"", "proxy-config.http"),
        ])
    func wrong(text: String, hint: String) throws {
        let message = errorText { _ = try load(text) }
        #expect(message.contains("Error parsing configuration file") && message.contains(hint))
    }

    @Test("pixi's files are found in pixi's order, unless --no-config [network 125]")
    func discovery() throws {
        func file(_ name: String, _ number: Int, _ mirror: String) throws {
            try directory.write(
                name,
                "concurrency.downloads = \(number)\n[mirrors]\n\"https://\(mirror)/\" = [\"https://m/\(number)/\"]\n")
        }
        try file("root/etc/pixi/config.toml", 1, "a")
        try file("home/.config/pixi/config.toml", 2, "b")
        try file("xdg/pixi/config.toml", 3, "c")
        try file("home/.pixi/config.toml", 4, "a")
        try file("pixi-home/config.toml", 5, "d")
        try file("project/.pixi/config.toml", 6, "e")
        try directory.write(
            "project/pixi.toml",
            "[workspace]\nname = \"x\"\n[workspace.s3-options.b]\nendpoint-url = \"https://e\"\nregion = \"r\"\n"
                + "force-path-style = false\n")
        var files = ConfigurationFiles()
        files.root = directory("root")
        files.workspace = directory("project")
        files.manifest = directory("project/pixi.toml")
        files.environment = ProcessEnvironment([
            "HOME": directory("home").lossyString, "XDG_CONFIG_HOME": directory("xdg").lossyString,
            "PIXI_HOME": directory("pixi-home").lossyString,
        ])
        let (configuration, places) = try files.load()
        #expect(configuration.downloads?.value == 6)
        #expect(configuration.downloads?.origin == directory("project/.pixi/config.toml").lossyString)
        #expect(configuration.mirrors.count == 5)
        let first = try #require(configuration.mirrors[try WebURL("https://a/")])
        #expect(first.value == [try WebURL("https://m/4/")])
        #expect(configuration.s3Options["b"]?.value.region == "r")
        #expect(places.map(\.isRead) == [true, true, true, true, true, true])
        files.explicit = [try directory.write("mine.toml", "concurrency.downloads = 7")]
        #expect(try files.load().0.downloads?.value == 7)
        files.isDiscovering = false
        #expect(try files.load().0.mirrors.isEmpty)
        files.isDiscovering = true
        try directory.write("project/pixi.toml", "broken [")
        #expect(try files.load(reporter: reporter).0.s3Options.isEmpty)
        #expect(reporter.warnings.contains { $0.contains("pixi.toml") })
    }
}
