import LibC
import Support
import TestKit
import Testing

/// Pushes to registries that ask for tokens, and over lines that break.
@Suite(
    "Pushing packs",
    .enabled(if: Executable.isLinux64 && DockerRegistry.isInstalled, "docker-registry is not installed"))
final class RegistryPushTests: ShellSuite {
    /// Bytes that nothing can compress.
    private func noise(_ count: Int) throws -> [UInt8] {
        let file = File(descriptor: try Sys.open("/dev/urandom", O_RDONLY), path: "/dev/urandom")
        return try FileSlice(file: file, offset: 0, length: Int64(count)).readAll()
    }

    /// A workspace of one package, of that many bytes.
    private func workspace(_ size: Int) throws {
        var workspace = WorkspaceBuilder(in: directory, folder: "app")
        var package = CondaBuilder("app")
        package.file("share/data", try noise(size))
        try workspace.conda("app-1.0-0.conda", package.conda())
        try workspace.write()
    }

    @Test(
        "a registry with a token server is asked for what is to be done, with a password or the token of a login",
        .enabled(if: ExternalProgram.find("openssl") != nil, "openssl is not installed"))
    func tokens() throws {
        let server = try ServerProcess(script: "token_server.py", [directory.path.lossyString])
        let realm = "http://127.0.0.1:\(try server.readLine())/token"
        let registry = try DockerRegistry(
            in: directory,
            settings:
                "auth: {token: {realm: '\(realm)', service: apps, issuer: tokens, rootcertbundle: \(directory("token.crt"))}}\n"
        )
        try workspace(1000)
        let refused = try shell("pack -o oci://\(registry.host)/team/app:1 app")
        #expect(refused.status != 0 && refused.errors.contains("401 Unauthorized"), "\(refused.errors)")
        #expect(refused.errors.contains("pixi auth login"), "\(refused.errors)")
        let logins = [
            "\\\"auth\\\":\\\"$(printf joe:s3cret | base64)\\\"",
            "\\\"auth\\\":\\\"$(printf 00000000: | base64)\\\",\\\"identitytoken\\\":\\\"left-by-a-login\\\"",
        ]
        for (number, login) in logins.enumerated() {
            try require(
                "mkdir -p .docker; echo \"{\\\"auths\\\":{\\\"\(registry.host)\\\":{\(login)}}}\" > .docker/config.json; : > tokens"
            )
            try require("pack -o oci://\(registry.host)/team/app\(number):1 app")
            let tokens = String(decoding: try directory.read("tokens"), as: UTF8.self)
            let asked = ["GET joe", "POST login"][number] + " repository:team/app\(number):pull,push\n"
            #expect(tokens.contains(asked), "\(tokens)")
            // Not for each of the blobs.
            #expect(tokens.split(separator: "\n").count <= 3, "\(tokens)")
        }
        // A blob of another repository is taken from there with a token for both.
        try require("pack -o oci://\(registry.host)/team/third:1 app")
        try require("rm -r .docker; \"$pack\" unpack -q -o env oci://\(registry.host)/team/app0:1")
        withExtendedLifetime(server) {}
    }

    @Test("what broke off on the way goes on where it ended, or begins anew if the registry has lost count")
    func resumed() throws {
        let registry = try DockerRegistry(in: directory)
        let proxy = try ServerProcess(script: "breaking_proxy.py", ["\(registry.port)", directory.path.lossyString])
        let host = "127.0.0.1:\(try proxy.readLine())"
        try workspace(26_000_000)
        try require("pack -o oci://\(host)/team/app:1 app")
        #expect(try directory.read("breaks") == Array("before\nwithin\n".utf8))
        // The parts that had come before the first break were still known, those before the second one were not.
        #expect(try registry.requests("GET /v2/team/app/blobs/uploads/.*HTTP/1.1\" 204 ") == 1)
        #expect(try registry.requests("GET /v2/team/app/blobs/uploads/.*HTTP/1.1\" 404 ") == 1)
        try require("\"$pack\" unpack -q -o env oci://\(registry.host)/team/app:1")
        withExtendedLifetime(proxy) {}
    }

    @Test("a registry that refuses 'artifactType' gets manifests without it, signed as they are")
    func old() throws {
        let registry = try DockerRegistry(in: directory)
        let proxy = try ServerProcess(script: "old_registry.py", ["\(registry.port)", directory.path.lossyString])
        let host = "127.0.0.1:\(try proxy.readLine())"
        try workspace(1000)
        try require("\"$pack\" keygen -q -W -s k.key -p k.pub && \"$pack\" keygen -q -W -s o.key -p o.pub")
        try require("pack -o oci://\(host)/team/app:1 app")
        let refused = String(decoding: try directory.read("refused"), as: UTF8.self)
        #expect(refused == "/v2/team/app/manifests/1\n")
        try require("pack --sign k.key -o oci://\(host)/team/app:2 app")
        try require("\"$pack\" unpack -q --verify-key k.pub -o env2 oci://\(host)/team/app:2")
        let other = try shell("\"$pack\" unpack --verify-key o.pub -o env3 oci://\(host)/team/app:2")
        #expect(other.status != 0 && other.errors.contains("cannot be trusted"), "\(other.errors)")
        // Another registry takes it as it is; what is pulled from both is the same.
        try require("pack -o oci://\(registry.host)/team/new:1 app")
        for name in ["\(host)/team/app", "\(registry.host)/team/new"] {
            try require("\"$pack\" unpack -q -o env oci://\(name):1")
        }
        for (name, isTyped) in [("app", false), ("new", true)] {
            let manifest = try shell(
                "curl -s -H 'Accept: application/vnd.oci.image.manifest.v1+json' http://\(registry.host)/v2/team/\(name)/manifests/1"
            ).output
            #expect(manifest.contains("vnd.pixi-pack.config.v1+json"), "\(manifest)")
            #expect(manifest.contains("artifactType") == isTyped, "\(manifest)")
        }
        withExtendedLifetime(proxy) {}
    }

    @Test("what registries.conf says of places counts for pulls: mirrors first, then the location; blocked is refused")
    func mirrors() throws {
        let (first, second) = (
            try DockerRegistry(in: directory, called: "first"), try DockerRegistry(in: directory, called: "second")
        )
        try workspace(1000)
        try require("pack -o oci://\(first.host)/team/app:1 app && pack -o oci://\(first.host)/team/app:2 app")
        try require("pack -o oci://\(second.host)/copies/team/app:1 app")
        let conf = """
            [[registry]]
            prefix = "apps.example/team"
            location = "\(first.host)/team"
            [[registry.mirror]]
            location = "127.0.0.1:1/nobody"
            [[registry.mirror]]
            location = "\(second.host)/copies/team"

            """
        try directory.write(".config/containers/registries.conf", conf)
        let pulled = try shell("\"$pack\" unpack --no-config -o env1 oci://apps.example/team/app:1")
        #expect(pulled.status == 0, "\(pulled.errors)")
        #expect(pulled.errors.contains("the mirror '127.0.0.1:1/nobody/app' is passed over"), "\(pulled.errors)")
        #expect(try first.requests("GET /v2/team/app/") == 0)
        #expect(try second.requests("GET /v2/copies/team/app/blobs/") > 0)
        // The mirror does not have this one.
        try require("\"$pack\" unpack -q -o env2 oci://apps.example/team/app:2")
        #expect(try first.requests("GET /v2/team/app/blobs/") > 0)
        try directory.write(
            ".config/containers/registries.conf.d/50-ours.conf",
            "[[registry]]\nprefix = 'apps.example/team'\nblocked = true\n")
        for line in [
            "\"$pack\" unpack -o env3 oci://apps.example/team/app:1", "pack -o oci://apps.example/team/app:3 app",
        ] {
            let blocked = try shell(line)
            #expect(blocked.status != 0 && blocked.errors.contains("is blocked by"), "\(blocked.errors)")
        }
    }
}
