import CondaModel
import OCI
import Support

/// `oci://` URLs: a blob by its digest, which is the package's SHA-256; the manifest tells it where the lock file does not.
///
/// How a registry wants to be asked is found out once for each, and a token serves its repository until it expires
/// (OCI distribution specification; the token protocol is that of Docker's registry).
final class OCIRegistry: Sendable {
    private let client: HTTPClient
    private let credentials: CredentialStore
    /// By origin.
    private let registries = Locked<[String: Registry]>([:])

    static let manifestTypes =
        "Accept: " + OCIMediaType.allManifests.joined(separator: ", ")

    /// What is known of a registry.
    private final class Registry: Sendable {
        let challenge = Locked(Challenge.unknown)
        /// By what they open.
        let tokens = Locked<[[String]: Token]>([:])
        /// How it is spoken to.
        let origin = Locked<String?>(nil)
    }

    private enum Challenge {
        case unknown
        case none
        /// The text of `WWW-Authenticate`.
        case given(String)
    }

    private struct Token {
        let header: String
        /// Seconds since 1970.
        let expiry: Int64
    }

    private let containers: ContainerConfiguration
    let places: ContainerRegistries

    init(
        client: HTTPClient, credentials: CredentialStore, containers: ContainerConfiguration,
        places: ContainerRegistries
    ) {
        self.client = client
        self.credentials = credentials
        self.containers = containers
        self.places = places
    }

    /// A GET of the package's blob.
    ///
    /// - Parameters:
    ///   - sha256: of the package; nil: the manifest is asked for it.
    ///   - isRenewing: the last answer was a refusal.
    /// - Throws: `ExchangeProblem` if the registry or its token server did not answer as they should.
    func exchange(for url: WebURL, sha256: SHA256Digest?, isRenewing: Bool = false) throws -> HTTPRequest {
        if let sha256, let blobs = OCIRepository(blobIn: url) {
            let (repository, headers) = try opened(blobs, .pull, isRenewing: isRenewing)
            return HTTPRequest(url: repository.blobURL("sha256:\(sha256.hex)"), secretHeaders: headers)
        }
        let reference = try OCIPackageReference(url)
        let (repository, headers) = try opened(reference.repository, .pull, isRenewing: isRenewing)
        if let sha256 {
            return HTTPRequest(url: repository.blobURL("sha256:\(sha256.hex)"), secretHeaders: headers)
        }
        return try exchangeByManifest(reference, repository, url, headers)
    }

    private func exchangeByManifest(
        _ reference: OCIPackageReference, _ repository: OCIRepository, _ url: WebURL, _ known: [String]
    ) throws -> HTTPRequest {
        var headers = known
        let address = repository.manifestURL(reference.tag)
        func ask() throws -> HTTPClient.Reply {
            try client.send(HTTPClient.Call(url: address, headers: [OCIRegistry.manifestTypes] + headers))
        }
        var reply = try ask()
        if reply.status == 401 {
            headers = try opened(reference.repository, .pull, isRenewing: true).headers
            reply = try ask()
        }
        guard reply.status == 200 else {
            throw ExchangeProblem(
                cause: .status(reply.status), url: Redaction.url(address),
                isTransient: RetryPolicy.isTransient(status: reply.status))
        }
        let layers = try describing("the manifest of '\(url.redacted)'") {
            try reply.json()["layers"]?.elements.map(Array.init) ?? []
        }
        let layer = layers.first { $0["mediaType"]?.string == reference.mediaType }
        guard let digest = layer?["digest"]?.string, OCIDescriptor.digest(digest) != nil else {
            throw ExchangeProblem(cause: .status(404), url: Redaction.url(address), isTransient: false)
        }
        return HTTPRequest(url: repository.blobURL(digest), secretHeaders: headers)
    }

    /// The repository as it is spoken to, and the headers that open it. Others wait meanwhile: one answer of the registry,
    /// and one token, serves all.
    func opened(
        _ given: OCIRepository, _ access: OCIAccess, isRenewing: Bool = false
    ) throws -> (repository: OCIRepository, headers: [String]) {
        let registry = registries.withLock { known in
            let found = known[given.registry] ?? Registry()
            known[given.registry] = found
            return found
        }
        var repository = given
        let challenge = try registry.challenge.withLock { [self] known -> Challenge in
            if let origin = registry.origin.withLock({ $0 }) { repository.registry = origin }
            if case .unknown = known {
                do {
                    known = try self.challenge(at: "\(repository.registry)/v2/")
                } catch let problem as ExchangeProblem {
                    // As container tools do where a registry is marked as insecure.
                    guard repository.registry.hasPrefix("https://"), places.isInsecure(given.host) else {
                        throw problem
                    }
                    repository.registry = "http://" + repository.registry.dropFirst("https://".count)
                    known = try self.challenge(at: "\(repository.registry)/v2/")
                }
                registry.origin.withLock { $0 = repository.registry }
            }
            // Some registries ask for nothing at their entrance.
            if case .none = known, isRenewing { known = try self.challenge(at: repository.manifestURL("latest")) }
            return known
        }
        guard case .given(let text) = challenge else { return (repository, []) }
        let scopes = access.scopes(repository.name)
        let headers = try registry.tokens.withLock { [self, repository] tokens in
            let now = WallClock.seconds
            if !isRenewing, let token = tokens[scopes], token.expiry > now { return [token.header] }
            let (headers, token) = try answer(text, repository, scopes, now: now)
            tokens[scopes] = token
            return headers
        }
        return (repository, headers)
    }

    private func challenge(at url: String) throws -> Challenge {
        let reply = try client.send(HTTPClient.Call(url: url, headers: [OCIRegistry.manifestTypes]))
        guard reply.status == 401, let text = reply.head["www-authenticate"] else { return .none }
        return .given(text)
    }

    /// The header a registry's challenge asks for, and the token in it, if it is one.
    private func answer(
        _ challenge: String, _ repository: OCIRepository, _ scopes: [String], now: Int64
    ) throws -> (headers: [String], token: Token?) {
        let url = try repository.url
        var identity: String?
        var basic: String?
        switch credentials.find(for: url)?.credential {
        case .basic(let user, let password): basic = RequestPlanner.basic(user, password)
        case .bearer(let token): basic = "Authorization: Bearer \(token)"
        default:
            switch containers.credential(for: repository.host, repository.name) {
            case .basic(let user, let password): basic = RequestPlanner.basic(user, password)
            case .identityToken(let token): identity = token
            case nil: break
            }
        }
        guard challenge.lowercased().hasPrefix("bearer ") else { return (basic.map { [$0] } ?? [], nil) }
        let fields = OCIRegistry.fields(challenge)
        guard let realm = fields["realm"], realm.hasPrefix("https://") || realm.hasPrefix("http://") else {
            throw Failure(
                "the registry of '\(url.redacted)' asks for a token of an unknown kind",
                remedy: "Store credentials for the registry: pixi auth login HOST.")
        }
        // A token server elsewhere gets the password only if it is reached as safely as the registry itself.
        let isSecret = basic != nil || identity != nil
        guard !isSecret || realm.hasPrefix("https://") || repository.registry.hasPrefix("http://") else {
            throw Failure(
                "the registry of '\(url.redacted)' wants the password sent unencrypted",
                remedy: "Speak to the registry by HTTPS.")
        }
        // Pulling alone is asked for as the registry says.
        let wanted = scopes.count == 1 && scopes[0].hasSuffix(":pull") ? [fields["scope"] ?? scopes[0]] : scopes
        var query = wanted.map { "scope=\(PercentEncoding.encode($0.utf8))" }.joined(separator: "&")
        if let service = fields["service"] { query += "&service=\(PercentEncoding.encode(service.utf8))" }
        var call = HTTPClient.Call(
            url: realm + (realm.contains("?") ? "&" : "?") + query, headers: basic.map { [$0] } ?? [])
        if let identity {
            // What 'docker login' with a single sign-on leaves: it is exchanged (Docker's OAuth2 token protocol).
            call = HTTPClient.Call(url: realm)
            call.method = "POST"
            call.headers = ["Content-Type: application/x-www-form-urlencoded"]
            call.body =
                "grant_type=refresh_token&client_id=pixi-pack&refresh_token="
                + PercentEncoding.encode(identity.utf8)
                + (fields["service"].map { "&service=\(PercentEncoding.encode($0.utf8))" } ?? "")
                + "&scope=" + PercentEncoding.encode(wanted.joined(separator: " ").utf8)
        }
        let answer = try client.sendSuccessfully(call).json()
        guard let token = answer.present("token")?.string ?? answer.present("access_token")?.string else {
            throw Failure(
                "the token server of '\(url.redacted)' answered without a token",
                remedy: "Store credentials for the registry: pixi auth login HOST.")
        }
        // The protocol's least time, unless the server says more; some seconds for the way.
        let lifetime = min(max(answer.present("expires_in")?.int64 ?? 60, 60), 3600)
        let header = "Authorization: Bearer \(token)"
        return ([header], Token(header: header, expiry: now + lifetime - 10))
    }

    /// `realm="…",service="…"` of a challenge.
    static func fields(_ challenge: String) -> [String: String] {
        var fields: [String: String] = [:]
        var rest = Array(challenge.utf8.drop { $0 != UInt8(ascii: " ") })[...]
        let quote = UInt8(ascii: "\"")
        while let start = rest.firstIndex(where: { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: ",") }),
            let equals = rest[start...].firstIndex(of: UInt8(ascii: "="))
        {
            let name = String(decoding: rest[start..<equals], as: UTF8.self).lowercased()
            var value = rest[(equals + 1)...]
            if value.first == quote {
                value = value.dropFirst()
                let end = value.firstIndex(of: quote) ?? value.endIndex
                fields[name] = String(decoding: value[..<end], as: UTF8.self)
                rest = value[end...].dropFirst()
            } else {
                let end = value.firstIndex(of: UInt8(ascii: ",")) ?? value.endIndex
                fields[name] = String(decoding: value[..<end], as: UTF8.self)
                rest = value[end...]
            }
        }
        return fields
    }
}
