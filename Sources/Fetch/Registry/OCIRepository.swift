import CondaModel
import Support

/// A repository of a registry, and the URLs of what is in it (OCI distribution specification).
struct OCIRepository: Sendable, Hashable {
    /// `host[:port]`, as credentials are stored for it.
    let host: String
    /// `team/app`
    let name: String
    /// `https://host[:port]`; plain HTTP only for this machine, as container tools do, or where it was allowed.
    var registry: String

    init(host: String, port: UInt16?, name: String) {
        self.host = host + (port.map { ":\($0)" } ?? "")
        self.name = name
        let isLocal = host == "localhost" || host.hasPrefix("127.") || host == "[::1]"
        // Docker's own registry answers elsewhere.
        let place = host == "docker.io" || host == "index.docker.io" ? "registry-1.docker.io" : self.host
        registry = "\(isLocal ? "http" : "https")://\(place)"
    }

    /// - Parameter authority: `host[:port]`
    /// - Throws: `Failure` if it is none.
    init(authority: String, name: String) throws {
        let url = try WebURL("https://\(authority)/")
        self.init(host: url.host ?? authority, port: url.port, name: name)
    }

    /// `oci://host/name@sha256:…`: how a blob is named among URLs; nil: it is not one.
    init?(blobIn url: WebURL) {
        let parts = url.path.parts(between: "@sha256:", maxSplits: 1)
        guard url.scheme == "oci", parts.count == 2, SHA256Digest(hex: parts[1]) != nil, let host = url.host else {
            return nil
        }
        self.init(host: host, port: url.port, name: String(parts[0].drop { $0 == "/" }))
    }

    /// Where credentials are looked for.
    var url: WebURL {
        get throws { try WebURL("https://\(host)/\(encodedName)") }
    }

    private var encodedName: String { PercentEncoding.encode(name.utf8, escaping: .keeping("/")) }
    private var base: String { "\(registry)/v2/\(encodedName)" }
    func manifestURL(_ reference: String) -> String {
        "\(base)/manifests/\(PercentEncoding.encode(reference.utf8, escaping: .keeping(":")))"
    }
    func blobURL(_ digest: String) -> String { "\(base)/blobs/\(digest)" }
    var uploadURL: String { "\(base)/blobs/uploads/" }
    func referrersURL(_ digest: String) -> String { "\(base)/referrers/\(digest)" }
}
