import Support
import TestKit
import Testing

/// Container images that go to a registry, and what they have in common.
@Suite("images in registries", .enabled(if: Executable.isLinux64))
final class RegistryImageTests: ShellSuite {
    static let hasRegistry = DockerRegistry.isInstalled && ExternalProgram.find("skopeo") != nil

    /// A pack of packages, of which those that are large have incompressible bytes.
    private func pack(_ name: String, _ packages: [(name: String, version: String, size: Int)]) throws {
        var workspace = WorkspaceBuilder(in: directory, folder: name)
        for (number, package) in packages.enumerated() {
            var builder = CondaBuilder(
                package.name, version: package.version, timestamp: 1_600_000_000_000 + number * 1_000_000)
            var generator = SeededGenerator(seed: UInt64(package.size))
            builder.file("share/\(package.name)/data", generator.bytes(package.size))
            builder.file("share/\(package.name)/version", package.version)
            try workspace.conda("\(package.name)-\(package.version)-0.conda", builder.conda())
        }
        try workspace.write()
        try require("pack -p linux-64 -o \(name).tar \(name)")
    }

    private func layers(_ layout: String, _ tag: String) throws -> [String] {
        try require("skopeo inspect oci:\(layout):\(tag) | sed -n '/\"Layers\"/,/]/s/.*\\(sha256:[0-9a-f]*\\).*/\\1/p'")
            .split(separator: "\n").map(String.init)
    }

    private static let large = 2_500_000

    @Test(
        "a large package is a layer, the others are grouped, and siblings share all but what differs",
        .enabled(if: ExternalProgram.find("skopeo") != nil, "skopeo is not installed"))
    func layers() throws {
        let common: [(name: String, version: String, size: Int)] =
            [("big", "1.0", Self.large), ("huge", "1.0", Self.large + 1)]
            + (1...20).map { ("small\($0)", "1.0", 1000 + $0) }
        try pack("one", common)
        // The newest of its packages is another one.
        try pack("two", common + [("extra", "1.0", Self.large + 2)])
        try pack("three", common.dropLast() + [("small20", "2.0", 1020)])
        for name in ["one", "two", "three"] {
            try require("unpack --into oci:image:\(name) --prefix /opt/app/env \(name).tar")
        }
        let (one, two, three) = (try layers("image", "one"), try layers("image", "two"), try layers("image", "three"))
        #expect((4...33).contains(one.count), "\(one.count)")
        // The one package more, and what the installation writes.
        #expect(two.count == one.count + 1 && Set(two).subtracting(one).count == 2, "\(Set(two).subtracting(one))")
        #expect(three.count == one.count && Set(three).subtracting(one).count == 2, "\(Set(three).subtracting(one))")
    }

    @Test(
        "an image goes to a registry, its tag last, and what is there is not sent again",
        .enabled(if: hasRegistry, "docker-registry or skopeo is not installed"))
    func push() throws {
        let registry = try DockerRegistry(in: directory)
        let host = registry.host
        try pack("one", [("big", "1.0", Self.large), ("small", "1.0", 1000)])
        try pack("two", [("big", "1.0", Self.large), ("small", "2.0", 1000)])
        let words = "--prefix /opt/app/env --entrypoint app --label a=b"
        let made = try shell("\"$pack\" unpack -v --into oci://\(host)/team/one:1 \(words) one.tar")
        #expect(made.status == 0 && made.errors.contains("Of 4 blobs 4 were sent"), "\(made.errors)")
        let digest = try require("skopeo inspect --tls-verify=false docker://\(host)/team/one:1 --format '{{.Digest}}'")
        #expect(made.errors.contains(", \(digest.dropLast())."), "\(made.errors)")
        // It is the image that would be in a folder.
        try require("unpack --into oci:image:1 \(words) one.tar")
        #expect(try require("skopeo inspect oci:image:1 --format '{{.Digest}}'") == digest)
        let again = try shell("\"$pack\" unpack -v --into oci://\(host)/team/one:1 \(words) one.tar")
        #expect(again.errors.contains("Of 4 blobs 0 were sent") && again.errors.contains("4 were there"))
        let second = try shell("\"$pack\" unpack -v --into oci://\(host)/team/two:1 \(words) two.tar")
        // The layers of what has changed, the configuration; the large layer is taken from the other repository.
        #expect(second.errors.contains("Of 4 blobs 3 were sent"), "\(second.errors)")
        #expect(second.errors.contains("1 taken from other repositories"), "\(second.errors)")
        try require("skopeo copy -q --src-tls-verify=false docker://\(host)/team/two:1 oci:back:2")
        let untagged = try shell("unpack --into oci://\(host)/team/one --prefix /p one.tar")
        #expect(untagged.status == 1 && untagged.errors.contains("names no tag"), "\(untagged.errors)")
        #expect(try require("ls -A | grep -c '^.pixi-pack' || :") == "0\n", "nothing is left of it")
    }

    @Test(
        "a base image comes from a registry, only as far as it is needed",
        .enabled(if: hasRegistry, "docker-registry or skopeo is not installed"))
    func baseImage() throws {
        let registry = try DockerRegistry(in: directory)
        let second = try DockerRegistry(in: directory, called: "second")
        let (host, other) = (registry.host, second.host)
        try pack("base", [("libc", "1.0", Self.large + 5)])
        try pack("one", [("big", "1.0", Self.large), ("small", "1.0", 1000)])
        try require("unpack --into oci://\(host)/base/os:12 --prefix /usr --label base=yes --user 7 base.tar")
        let words = "--base-image oci://\(host)/base/os:12 --prefix /opt/app/env one.tar"
        let before = try registry.requests("GET /v2/base/os/blobs")
        // In the same registry its layers stay where they are: only its configuration is asked for.
        try require("unpack --into oci://\(host)/team/one:1 \(words)")
        #expect(try registry.requests("GET /v2/base/os/blobs") - before == 1)
        try require("unpack --into oci:image:1 \(words)")
        try require("unpack --into oci://\(other)/team/one:1 \(words)")
        var digests: [String] = []
        for place in ["docker://\(host)/team/one:1", "oci:image:1", "docker://\(other)/team/one:1"] {
            let flag = place.hasPrefix("docker") ? "--tls-verify=false" : ""
            digests.append(try require("skopeo inspect \(flag) \(place) --format '{{.Digest}} {{.Labels}}'"))
        }
        #expect(Set(digests).count == 1 && digests.first?.contains("map[base:yes]") == true, "\(digests)")
        // Every layer is there.
        try require("skopeo copy -q --src-tls-verify=false docker://\(other)/team/one:1 oci:back:1")
        #expect(try layers("back", "1").count == 5)
        let missing = try shell("unpack --into oci:image:2 --base-image oci://\(host)/base/os:13 --prefix /p one.tar")
        #expect(missing.status == 3 && missing.errors.contains("has no 'base/os:13'"), "\(missing.errors)")
        #expect(try require("skopeo inspect oci:image:2 2>&1 || :").contains("no descriptor"))
    }

    @Test(
        "a push of an image that is killed leaves no tag",
        .enabled(if: hasRegistry, "docker-registry or skopeo is not installed"))
    func killed() throws {
        let registry = try DockerRegistry(in: directory)
        let host = registry.host
        try pack("one", [("big", "1.0", 60_000_000), ("small", "1.0", 1000)])
        _ = try shell(
            """
            "$pack" unpack -q --into oci://\(host)/team/one:1 --prefix /p one.tar & p=$!
            until grep -q PATCH registry.log; do kill -0 $p || break; sleep 0.02; done; kill -9 $p; wait $p
            """)
        #expect(try shell("curl -sf http://\(host)/v2/team/one/tags/list").status != 0)
        try require("unpack --into oci://\(host)/team/one:1 --prefix /p one.tar")
        try require("skopeo copy -q --src-tls-verify=false docker://\(host)/team/one:1 oci:back:1")
        #expect(try require("ls -A | grep -c '^.pixi-pack' || :") == "0\n", "what the killed run left is gone")
    }
}
