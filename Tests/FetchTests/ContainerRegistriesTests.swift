import OCI
import Support
import TestKit
import Testing

@testable import Fetch

/// What containers-registries.conf(5) says of places.
@Suite("registries.conf")
struct ContainerRegistriesTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func registries(_ more: [String: String] = [:]) -> ContainerRegistries {
        ContainerRegistries(
            ProcessEnvironment(["HOME": directory.path.lossyString].merging(more) { $1 }), reporter: SilentReporter())
    }

    private func places(
        _ host: String, _ repository: String, isByDigest: Bool = false, _ registries: ContainerRegistries
    ) throws -> [String] {
        try registries.places(of: OCIRepositoryName(host: host, name: repository), isByDigest: isByDigest)
            .map { "\($0.host) \($0.name)" }
    }

    @Test("the longest prefix counts, at whole parts of the name; mirrors come first")
    func prefixes() throws {
        try directory.write(
            ".config/containers/registries.conf",
            """
            unqualified-search-registries = ["docker.io"]
            [[registry]]
            location = "docker.io"
            [[registry.mirror]]
            location = "cache.local:5000/hub/"
            [[registry]]
            prefix = "example.com/team"
            location = "inner.local/a/b"
            mirror-by-digest-only = true
            [[registry.mirror]]
            location = "m1.local"
            [[registry.mirror]]
            location = "m2.local/x"
            pull-from-mirror = "tag-only"
            [[registry]]
            prefix = "*.wild.com"
            insecure = true
            [[registry.mirror]]
            location = "plain.local:80"
            insecure = true
            """)
        let registries = registries()
        #expect(
            try places("docker.io", "library/debian", registries)
                == ["cache.local:5000 hub/library/debian", "docker.io library/debian"])
        #expect(try places("index.docker.io", "a/b", registries).first == "cache.local:5000 hub/a/b")
        #expect(
            try places("example.com", "team/app", registries) == ["m2.local x/app", "inner.local a/b/app"])
        #expect(
            try places("example.com", "team/app", isByDigest: true, registries)
                == ["m1.local app", "inner.local a/b/app"])
        #expect(try places("example.com", "teams/app", registries) == ["example.com teams/app"])
        #expect(try places("example.com:5000", "team/app", registries) == ["example.com:5000 team/app"])
        #expect(
            try places("a.b.wild.com:8443", "app", registries) == ["plain.local:80 app", "a.b.wild.com:8443 app"])
        #expect(try places("wild.com", "app", registries) == ["wild.com app"])
        for (host, expected) in [
            ("a.wild.com", true), ("wild.com", false), ("plain.local:80", true), ("plain.local", false),
            ("m1.local", false),
        ] {
            #expect(registries.isInsecure(host) == expected, "\(host)")
        }
    }

    @Test("what is blocked is refused; a file of the folder replaces what the one before it says")
    func blocked() throws {
        try directory.write(
            "main.conf",
            "[[registry]]\nlocation = 'bad.example'\nblocked = true\n[[registry]]\nlocation = 'b.example'\nblocked = true\n"
        )
        let folder = ".config/containers/registries.conf.d/"
        try directory.write(folder + "20-b.conf", "[[registry]]\nlocation = 'b.example'\n")
        try directory.write(folder + "10-a.conf", "[[registry]]\nlocation = 'b.example'\nblocked = true\n")
        try directory.write(folder + "ignored.txt", "[[registry]]\nlocation = 'c.example'\nblocked = true\n")
        let registries = registries(["CONTAINERS_REGISTRIES_CONF": directory("main.conf").lossyString])
        let blocked = OCIRepositoryName(host: "bad.example", name: "team/app")
        #expect(throws: Failure.self) { try registries.requireAllowed(blocked) }
        #expect(throws: Failure.self) { try registries.places(of: blocked, isByDigest: true) }
        #expect(try places("b.example", "app", registries) == ["b.example app"])
        #expect(try places("c.example", "app", registries) == ["c.example app"])
        // A file that is none is passed over.
        try directory.write("main.conf", "[[registry")
        let other = self.registries(["CONTAINERS_REGISTRIES_CONF": directory("main.conf").lossyString])
        #expect(try places("bad.example", "app", other) == ["bad.example app"])
    }
}
