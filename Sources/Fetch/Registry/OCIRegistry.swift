import CondaModel
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

    private static let manifestTypes =
        "Accept: application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"

    /// What is known of a registry.
    private final class Registry: Sendable {
        let challenge = Locked(Challenge.unknown)
        /// By image.
        let tokens = Locked<[String: Token]>([:])
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

    init(client: HTTPClient, credentials: CredentialStore) {
        self.client = client
        self.credentials = credentials
    }

    /// A GET of the package's blob.
    ///
    /// - Parameters:
    ///   - sha256: of the package; nil: the manifest is asked for it.
    ///   - isRenewing: the last answer was a refusal.
    /// - Throws: `ExchangeProblem` if the registry or its token server did not answer as they should.
    func exchange(for url: WebURL, sha256: SHA256Digest?, isRenewing: Bool = false) throws -> HTTPRequest {
        let reference = try OCIReference(url)
        let registry = registries.withLock { known in
            let found = known[reference.registry] ?? Registry()
            known[reference.registry] = found
            return found
        }
        let headers = try authorization(reference, url, registry, isRenewing: isRenewing)
        if let sha256 {
            return HTTPRequest(url: reference.blobURL("sha256:\(sha256.hex)"), secretHeaders: headers)
        }
        return try exchangeByManifest(reference, url, registry, headers)
    }

    private func exchangeByManifest(
        _ reference: OCIReference, _ url: WebURL, _ registry: Registry, _ known: [String]
    ) throws -> HTTPRequest {
        var headers = known
        func ask() throws -> HTTPClient.Reply {
            try client.send(HTTPClient.Call(url: reference.manifestURL, headers: [OCIRegistry.manifestTypes] + headers))
        }
        var reply = try ask()
        if reply.status == 401 {
            headers = try authorization(reference, url, registry, isRenewing: true)
            reply = try ask()
        }
        guard reply.status == 200 else {
            throw ExchangeProblem(
                cause: .status(reply.status), url: Redaction.url(reference.manifestURL),
                isTransient: RetryPolicy.isTransient(status: reply.status))
        }
        let layers = try describing("the manifest of '\(url.redacted)'") {
            try reply.json()["layers"]?.elements.map(Array.init) ?? []
        }
        let layer = layers.first { $0["mediaType"]?.string == reference.mediaType }
        guard let digest = layer?["digest"]?.string, OCIRegistry.isDigest(digest) else {
            throw ExchangeProblem(cause: .status(404), url: Redaction.url(reference.manifestURL), isTransient: false)
        }
        return HTTPRequest(url: reference.blobURL(digest), secretHeaders: headers)
    }

    /// The headers that open a repository. Others wait meanwhile: one answer of the registry serves all.
    private func authorization(
        _ reference: OCIReference, _ url: WebURL, _ registry: Registry, isRenewing: Bool
    ) throws -> [String] {
        let challenge = try registry.challenge.withLock { [self] known -> Challenge in
            if case .unknown = known { known = try self.challenge(at: "\(reference.registry)/v2/") }
            // Some registries ask for nothing at their entrance.
            if case .none = known, isRenewing { known = try self.challenge(at: reference.manifestURL) }
            return known
        }
        guard case .given(let text) = challenge else { return [] }
        if isRenewing { registry.tokens.withLock { $0[reference.image] = nil } }
        let now = MonotonicClock.unixSeconds
        if let token = registry.tokens.withLock({ $0[reference.image] }), token.expiry > now { return [token.header] }
        return try answer(text, reference, url, registry, now: now)
    }

    private func challenge(at url: String) throws -> Challenge {
        let reply = try client.send(HTTPClient.Call(url: url, headers: [OCIRegistry.manifestTypes]))
        guard reply.status == 401, let text = reply.head["www-authenticate"] else { return .none }
        return .given(text)
    }

    /// Only what cannot leave the path of the URL.
    private static func isDigest(_ text: String) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 2 && parts[0] == "sha256" && SHA256Digest(hex: parts[1]) != nil
    }

    /// The header a registry's challenge asks for.
    private func answer(
        _ challenge: String, _ reference: OCIReference, _ url: WebURL, _ registry: Registry, now: Int64
    ) throws -> [String] {
        let basic: String? = credentials.find(for: url).flatMap { found in
            switch found.credential {
            case .basic(let user, let password): RequestPlanner.basic(user, password)
            case .bearer(let token): "Authorization: Bearer \(token)"
            default: nil
            }
        }
        guard challenge.lowercased().hasPrefix("bearer ") else { return basic.map { [$0] } ?? [] }
        let fields = OCIRegistry.fields(challenge)
        guard let realm = fields["realm"], realm.hasPrefix("https://") || realm.hasPrefix("http://") else {
            throw Failure(
                "the registry of '\(url.redacted)' asks for a token of an unknown kind",
                remedy: "Store credentials for the registry: pixi auth login HOST.")
        }
        // A token server elsewhere gets the password only if it is reached as safely as the registry itself.
        guard basic == nil || realm.hasPrefix("https://") || reference.registry.hasPrefix("http://") else {
            throw Failure(
                "the registry of '\(url.redacted)' wants the password sent unencrypted",
                remedy: "Speak to the registry by HTTPS.")
        }
        let scope = fields["scope"] ?? "repository:\(reference.image):pull"
        var query = "scope=\(PercentCoding.encode(scope.utf8))"
        if let service = fields["service"] { query += "&service=\(PercentCoding.encode(service.utf8))" }
        let answer = try client.sendSuccessfully(
            HTTPClient.Call(
                url: realm + (realm.contains("?") ? "&" : "?") + query, headers: basic.map { [$0] } ?? [])
        ).json()
        guard let token = answer.present("token")?.string ?? answer.present("access_token")?.string else {
            throw Failure(
                "the token server of '\(url.redacted)' answered without a token",
                remedy: "Store credentials for the registry: pixi auth login HOST.")
        }
        // The protocol's least time, unless the server says more; some seconds for the way.
        let lifetime = min(max(answer.present("expires_in")?.int64 ?? 60, 60), 3600)
        let header = "Authorization: Bearer \(token)"
        registry.tokens.withLock { $0[reference.image] = Token(header: header, expiry: now + lifetime - 10) }
        return [header]
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
