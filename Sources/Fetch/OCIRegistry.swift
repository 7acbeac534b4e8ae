import CondaModel
import Support

/// `oci://` URLs: token handshake, manifest, blob by its digest.
final class OCIRegistry: Sendable {
    private let client: HTTPClient
    private let credentials: CredentialStore
    /// Tokens by image; they live for minutes, a fetch asks for each image once.
    private static let manifestTypes =
        "Accept: application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"

    init(client: HTTPClient, credentials: CredentialStore) {
        self.client = client
        self.credentials = credentials
    }

    /// A GET of the package's blob. The manifest is asked first: it answers with the challenge, and a package that is
    /// not there is told apart from a blob that is missing.
    func exchange(for url: WebURL, sha256: SHA256Digest?) throws -> Exchange {
        let reference = try OCIReference(url)
        var headers: [String] = []
        var reply = try client.send(
            HTTPClient.Call(url: reference.manifestURL, headers: [OCIRegistry.manifestTypes]))
        if reply.status == 401, let challenge = reply.head["www-authenticate"] {
            headers = try answer(challenge, reference, url)
            reply = try client.send(
                HTTPClient.Call(url: reference.manifestURL, headers: [OCIRegistry.manifestTypes] + headers))
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
        return Exchange(url: reference.blobURL(digest), secretHeaders: headers)
    }

    /// Only what cannot leave the path of the URL.
    private static func isDigest(_ text: String) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 2 && parts[0] == "sha256" && SHA256Digest(hex: parts[1]) != nil
    }

    /// The header a registry's challenge asks for.
    private func answer(_ challenge: String, _ reference: OCIReference, _ url: WebURL) throws -> [String] {
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
                "the registry of '\(url.redacted)' asks for a token of a kind nobody knows",
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
        return ["Authorization: Bearer \(token)"]
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
