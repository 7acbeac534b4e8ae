import CondaModel
import Fetch
import LibC
import Support
import TestKit
import Testing

@Suite("Google Cloud Storage")
final class GoogleTests: ServedSuite {
    override init() throws {
        try super.init()
        _ = try server.file("/bucket/c/a%2Bb.conda", size: 10)
        _ = try server.text("/token", #"{"access_token": "goog", "expires_in": 3599, "token_type": "Bearer"}"#)
    }

    private func environment(_ more: [String: String]) {
        harness.settings.environment = ProcessEnvironment(
            more.merging(["STORAGE_EMULATOR_HOST": server.url("")]) { $1 })
    }

    @Test(
        "a service account signs its wish with RS256 [network 113]",
        .enabled(if: TestServers.openssl != nil, "openssl is not installed"))
    func serviceAccount() throws {
        let (key, publicKey) = (directory("key.pem").lossyString, directory("public.pem").lossyString)
        try TestServers.run(openssl: "genpkey", "-algorithm", "RSA", "-out", key)
        try TestServers.run(openssl: "pkey", "-in", key, "-pubout", "-out", publicKey)
        let pem = String(decoding: try directory.read("key.pem"), as: UTF8.self)
            .split(separator: "\n").joined(separator: "\\n")
        let file = try directory.write(
            "account.json",
            #"{"type": "service_account", "client_email": "me@project.example", "private_key_id": "k1","#
                + #" "private_key": "\#(pem)\n", "token_uri": "\#(server.url("/token"))"}"#)
        environment(["GOOGLE_APPLICATION_CREDENTIALS": file.lossyString, "GOOGLE_CLOUD_QUOTA_PROJECT": "pays"])
        harness.settings.concurrency = 4
        let requests = try (0..<6).map {
            try Harness.request($0, "gcs://bucket/c/a+b.conda", sink: MemorySink())
        }
        #expect(try harness.fetch(requests).count == 6)
        let log = try server.log().requests
        #expect(log.filter { $0.path == "/token" }.count == 1)
        let get = try #require(log.last)
        #expect(get.path == "/bucket/c/a%2Bb.conda" && get.headers["authorization"] == "Bearer goog")
        #expect(get.headers["x-goog-user-project"] == "pays")

        let body = try #require(log.first { $0.path == "/token" }?.body)
        let fields = body.split(separator: "&")
        #expect(fields.first == "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer")
        let token = try #require(fields.last?.dropFirst("assertion=".count)).split(separator: ".")
        #expect(token.count == 3)
        try directory.write("signed", "\(token[0]).\(token[1])")
        try directory.write("signature", #require(Base64.url.decode(token[2].utf8)))
        try TestServers.run(
            openssl: "dgst", "-sha256", "-verify", publicKey, "-signature", directory("signature").lossyString,
            directory("signed").lossyString)
        let head = try JSONDocument(#require(Base64.url.decode(token[0].utf8))).root
        #expect(head["alg"]?.string == "RS256" && head["kid"]?.string == "k1")
        let claims = try JSONDocument(#require(Base64.url.decode(token[1].utf8))).root
        #expect(claims["iss"]?.string == "me@project.example")
        #expect(claims["scope"]?.string == "https://www.googleapis.com/auth/devstorage.read_only")
        #expect(claims["aud"]?.string == server.url("/token"))
        let life = (claims["exp"]?.int64 ?? 0) - (claims["iat"]?.int64 ?? 0)
        #expect(life == 3600 && abs((claims["iat"]?.int64 ?? 0) - SystemTime.now) < 60)
    }

    @Test("an emulator is asked without a token when nothing names credentials")
    func emulator() throws {
        harness.settings.environment = ProcessEnvironment(["STORAGE_EMULATOR_HOST": "127.0.0.1:\(server.port)"])
        #expect(try harness.fetch("gcs://bucket/c/a+b.conda").result?.size == 10)
        let log = try server.log().requests
        #expect(log.count == 1 && log.first?.headers["authorization"] == nil)
    }

    @Test(
        "an emulator of Google's gives its objects to who has no credentials",
        .enabled(if: TestServers.hasGoogleEmulator, "the Python package gcp-storage-emulator is not installed"))
    func realEmulator() throws {
        let process = try ServerProcess(script: "gcs_server.py", python: ServerPython.path)
        let port = try process.readLine().split(separator: " ").last ?? ""
        for name in ["a+b-1!2-0", "a b/ü-1-0"] {
            _ = try process.ask(#"{"key": "c/noarch/\#(name).conda", "text": "package"}"#)
        }
        for host in ["127.0.0.1:\(port)", "http://127.0.0.1:\(port)/"] {
            harness.settings.environment = ProcessEnvironment(["STORAGE_EMULATOR_HOST": host])
            for path in ["a+b-1!2-0", "a%2Bb-1%212-0", "a%20b/%C3%BC-1-0"] {
                let result = try harness.fetch("gcs://packages/c/noarch/\(path).conda").result
                #expect(result?.size == 7, "\(host) \(path)")
            }
        }
        let message = errorText { _ = try harness.fetch("gcs://packages/c/noarch/none-1-0.conda") }
        #expect(message.contains("404"), "\(message)")
        withExtendedLifetime(process) {}
    }

    @Test("a user's refresh token, the metadata server, and no credentials at all")
    func others() throws {
        try directory.write(
            "home/.config/gcloud/application_default_credentials.json",
            #"{"type": "authorized_user", "client_id": "i", "client_secret": "s", "refresh_token": "r","#
                + #" "quota_project_id": "q", "token_uri": "\#(server.url("/token"))"}"#)
        environment(["HOME": directory("home").lossyString])
        #expect(try harness.fetch("gcs://bucket/c/a+b.conda").result?.size == 10)
        #expect(
            try server.log().requests.first?.body
                == "grant_type=refresh_token&client_id=i&client_secret=s&refresh_token=r")
        #expect(try server.log().requests.last?.headers["x-goog-user-project"] == "q")
        let path =
            "/computeMetadata/v1/instance/service-accounts/default/token"
            + "?scopes=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fdevstorage.read_only"
        _ = try server.text(path, #"{"access_token": "meta", "expires_in": 100}"#)
        environment(["GCE_METADATA_HOST": "127.0.0.1:\(server.port)"])
        #expect(try harness.fetch("gcs://bucket/c/a+b.conda").result?.size == 10)
        #expect(try server.log().requests.last?.headers["authorization"] == "Bearer meta")
        environment(["GCE_METADATA_HOST": "127.0.0.1:1"])
        harness.settings.tries = 1
        let message = errorText { _ = try harness.fetch("gcs://bucket/c/a+b.conda") }
        #expect(message.contains("could not get a Google token") && message.contains("gcloud auth"))
    }
}

@Suite("OCI registries")
final class RegistryTests: ServedSuite {
    private func manifest(_ digest: String, _ size: Int64) -> String {
        let empty = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
        return #"{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config":"#
            + #" {"mediaType": "application/vnd.unknown.config.v1+json", "digest": "\#(empty)", "size": 2}, "layers":"#
            + #" [{"mediaType": "application/vnd.conda.info.v1.tar+gzip", "digest": "\#(empty)", "size": 2},"#
            + #" {"mediaType": "application/vnd.conda.package.v2", "digest": "sha256:\#(digest)", "size": \#(size)}]}"#
    }

    @Test("the token handshake, with a password for the token server only")
    func handshake() throws {
        let storage = try FaultServer()
        let file = try storage.file("/blob", size: 5000)
        let image = "/v2/mirrors/forge/linux-64/zzz_x-y"
        let scope = "repository:mirrors/forge/linux-64/zzz_x-y:pull"
        let challenge = #"Bearer realm=\"\#(server.url("/token"))\",service=\"reg\",scope=\"\#(scope)\""#
        try server.faults(
            "/v2/", #"{"kind": "status", "code": 401, "headers": {"WWW-Authenticate": "\#(challenge)"}}"#)
        _ = try server.text(
            "/token?scope=repository%3Amirrors%2Fforge%2Flinux-64%2Fzzz_x-y%3Apull&service=reg", #"{"token": "tok"}"#)
        try server.faults(
            "\(image)/blobs/sha256:\(file.sha256)", #"{"kind": "redirect", "to": "\#(storage.url("/blob"))"}"#)
        harness.settings.authFile = try directory.write(
            "auth.json", #"{"127.0.0.1": {"BasicHTTP": {"username": "u", "password": "p"}}}"#)
        let url = "oci://127.0.0.1:\(server.port)/mirrors/forge/linux-64/_x-y-1!2+l-h1_0.conda"
        let sink = try harness.fetch(url, sha256: file.sha256).sink
        #expect(sink.isWhole && sink.sha256 == file.sha256)
        let log = try server.log().requests
        #expect(log.map { $0.headers["authorization"] } == [nil, "Basic dTpw", "Bearer tok"])
        #expect(log.map(\.path).last == "\(image)/blobs/sha256:\(file.sha256)")
        #expect(try storage.log().requests.first?.headers["authorization"] == nil)
    }

    @Test("a registry with a password refuses once, not once for each package")
    func password() throws {
        try server.faults(
            "/v2/", #"{"kind": "status", "code": 401, "headers": {"WWW-Authenticate": "Basic realm=\"r\""}}"#)
        harness.settings.authFile = try directory.write(
            "auth.json", #"{"127.0.0.1": {"BasicHTTP": {"username": "u", "password": "p"}}}"#)
        let requests = try (0..<20).map { id in
            let file = try server.file("/blob\(id)", size: 1000, seed: id)
            _ = try server.file("/v2/c/noarch/p\(id)/blobs/sha256:\(file.sha256)", size: 1000, seed: id)
            return try Harness.request(
                id, "oci://127.0.0.1:\(server.port)/c/noarch/p\(id)-1-0.conda", sha256: file.sha256, sink: MemorySink())
        }
        #expect(try harness.fetch(requests).count == 20)
        let log = try server.log().requests
        #expect(log.count == 21 && log.filter { $0.path == "/v2/" }.count == 1)
        #expect(log.filter { $0.headers["authorization"] == "Basic dTpw" }.count == 20)
    }

    @Test("a token serves its repository until the registry refuses it, then another is asked for")
    func tokens() throws {
        let challenge = #"Bearer realm=\"\#(server.url("/token"))\",service=\"reg\""#
        try server.faults(
            "/v2/", #"{"kind": "status", "code": 401, "headers": {"WWW-Authenticate": "\#(challenge)"}}"#)
        _ = try server.text("/token?scope=repository%3Ac%2Fnoarch%2Fp%3Apull&service=reg", #"{"token": "t"}"#)
        let files = try (0..<3).map { try server.file("/blob\($0)", size: 1000, seed: $0) }
        for (id, file) in files.enumerated() {
            _ = try server.file("/v2/c/noarch/p/blobs/sha256:\(file.sha256)", size: 1000, seed: id)
        }
        try server.faults("/v2/c/noarch/p/blobs/sha256:\(files[2].sha256)", #"{"kind": "status", "code": 401}"#)
        let requests = try files.enumerated().map { id, file in
            try Harness.request(
                id, "oci://127.0.0.1:\(server.port)/c/noarch/p-\(id)-0.conda", sha256: file.sha256, sink: MemorySink())
        }
        harness.settings.concurrency = 1
        #expect(try harness.fetch(requests).count == 3)
        let paths = try server.log().requests.map(\.path)
        #expect(paths.filter { $0 == "/v2/" }.count == 1)
        #expect(paths.filter { $0.hasPrefix("/token") }.count == 2)
    }

    @Test("the host of an oci URL is one of HTTP, or nobody is asked")
    func ociHost() throws {
        for host in ["a%2Fb.example", "a%40b", "a%o"] {
            let message = errorText {
                _ = try harness.fetch(
                    "oci://\(host)/c/noarch/p-1-0.conda", sha256: String(repeating: "0", count: 64))
            }
            #expect(message.contains("does not name a package in a registry"), "\(message)")
        }
    }

    @Test(
        "a package from a real registry, also as a mirror; what is not there is a 404 [network 114]",
        .enabled(if: DockerRegistry.isInstalled, "docker-registry is not installed (apt-get install docker-registry)"))
    func realRegistry() throws {
        let registry = try DockerRegistry(in: directory)
        let base = "http://\(registry.host)/v2/chan/noarch/tool"
        let content = [UInt8]((0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
        let digest = SHA256Hasher.hash(content).hex
        let blob = try directory.write("blob", content)
        let text = try directory.write("manifest", manifest(digest, Int64(content.count)))
        let script = """
            set -e
            push() {
              place=$(curl -fsi -X POST \(base)/blobs/uploads/ | tr -d '\\r' | sed -n 's/^[Ll]ocation: //p')
              curl -fs -X PUT -H 'Content-Type: application/octet-stream' --data-binary @"$1" "$place&digest=sha256:$2"
            }
            push \(blob) \(digest)
            printf '{}' > \(directory("empty"))
            push \(directory("empty")) 44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a
            curl -fs -X PUT -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' \
              --data-binary @\(text) \(base)/manifests/1.0-h1_0
            """
        let ending = try ExternalProgram(path: "/bin/sh").run(["-c", ByteString(script)])
        try #require(ending.isSuccess, "\(ending.output)")
        let url = "oci://\(registry.host)/chan/noarch/tool-1.0-h1_0.conda"
        #expect(try harness.fetch(url, sha256: digest).sink.bytes == content)
        var mirrored = harness
        mirrored.settings.configuration.mirrors[try WebURL("https://nowhere.invalid/c")] = Sourced(
            [try WebURL("oci://\(registry.host)/chan")], origin: "test")
        let requests = try (0..<20).map {
            try Harness.request(
                $0, "https://nowhere.invalid/c/noarch/tool-1.0-h1_0.conda", sha256: digest, sink: MemorySink())
        }
        #expect(try mirrored.fetch(requests).count == 20)
        let missing = errorText {
            _ = try harness.fetch("oci://\(registry.host)/chan/noarch/tool-2.0-h1_0.conda")
        }
        #expect(missing.contains("404 Not Found"))
        let nameless = errorText { _ = try harness.fetch("oci://\(registry.host)/chan/noarch/x.zip") }
        #expect(nameless.contains("does not name a package"))
        withExtendedLifetime(registry) {}
    }
}
