import CondaModel
import LibC
import OCI
import Support

/// Reads and writes a repository of a registry (OCI distribution specification), with the credentials, proxies and
/// certificates of all downloads.
public final class RegistryClient: Sendable {
    /// The repository as it was named.
    public let place: OCIRepositoryName
    private let client: HTTPClient
    private let oci: OCIRegistry
    private let repository: OCIRepository
    private let policy: RetryPolicy
    private let reporter: any Reporter

    init(_ place: OCIRepositoryName, settings: FetchSettings, reporter: any Reporter) throws {
        self.place = place
        let planner = try RequestPlanner(settings, reporter: reporter)
        (client, oci) = (planner.client, planner.oci)
        self.repository = try OCIRepository(authority: place.host, name: place.name)
        policy = RetryPolicy(tries: settings.tries, backoffSeconds: settings.backoffSeconds)
        self.reporter = reporter
    }

    /// Where the fetcher finds a blob.
    public func location(of blob: OCIDescriptor) throws -> PackageLocation {
        .url(try WebURL("oci://\(repository.host)/\(repository.name)@\(blob.digestText)"))
    }

    // MARK: Exchanges

    /// Sends a request, with the headers that open the repository, until it is answered.
    ///
    /// - Parameter address: called with the repository as it is spoken to.
    /// - Throws: `Failure` if nobody answers.
    private func ask(
        _ access: OCIAccess, method: String = "GET", headers: [String] = [], body: [UInt8]? = nil,
        at address: (OCIRepository) -> String
    ) throws -> HTTPClient.Reply {
        var tries = 0
        var isRenewing = false
        while true {
            tries += 1
            do {
                let reply = try send(method, access, headers, body, isRenewing: isRenewing, address)
                if reply.status == 401, !isRenewing {
                    isRenewing = true
                    continue
                }
                guard RetryPolicy.isTransient(status: reply.status), tries < policy.tries else { return reply }
                try pause(after: tries, reply.head.retryAfter(now: WallClock.seconds))
            } catch let problem as ExchangeProblem {
                guard problem.isTransient, tries < policy.tries else { throw problem.failure }
                try pause(after: tries, nil)
            }
        }
    }

    private func send(
        _ method: String, _ access: OCIAccess, _ headers: [String], _ body: [UInt8]?, isRenewing: Bool,
        _ address: (OCIRepository) -> String
    ) throws -> HTTPClient.Reply {
        let (repository, secrets) = try oci.opened(repository, access, isRenewing: isRenewing)
        var url = address(repository)
        // Where another server keeps the blobs, it gets no credentials.
        func own(_ url: String) -> [String] {
            Origin.text(of: url) == Origin.text(of: repository.registry) ? secrets : []
        }
        for _ in 0..<10 {
            var call = HTTPClient.Call(method: method, url: url, headers: headers + own(url))
            call.bytes = body
            if body != nil { call.timeoutSeconds = 0 }
            let reply = try client.send(call)
            guard (300..<400).contains(reply.status), method == "GET" || method == "HEAD",
                let place = reply.head["location"]
            else { return reply }
            url = RegistryClient.resolve(place, from: url)
        }
        throw Failure("too many redirects (more than 10)", remedy: "Look whether the registry is set up right.")
    }

    private func pause(after tries: Int, _ asked: Double?) throws {
        var left = Int(policy.wait(after: tries, retryAfter: asked) * 20)
        while left > 0 {
            try Interruption.check()
            usleep(50_000)
            left -= 1
        }
    }

    /// An absolute URL of what a `Location` says.
    static func resolve(_ place: String, from url: String) -> String {
        if place.hasPrefix("http://") || place.hasPrefix("https://") { return place }
        return Origin.text(of: url) + (place.hasPrefix("/") ? "" : "/") + place
    }

    private func refused(_ what: Message, _ reply: HTTPClient.Reply) -> Failure {
        let reason = (try? reply.json()["errors"]?.elements.map(Array.init)?.first?.present("message")?.string) ?? nil
        let words: Message = reason.map { " (\($0))" } ?? ""
        return Failure(
            "the registry \(repository.host) answered \(reply.status) \(HTTPStatus.reason(reply.status))\(words) to "
                + what,
            remedy: reply.status == 401 || reply.status == 403
                ? "Log in: 'pixi auth login \(repository.host)', 'skopeo login' or 'docker login'; to push, the user must be allowed to write."
                : reply.status == 404
                    ? "Compare the reference with what the push has printed."
                    : "Look whether the registry takes OCI artifacts.",
            kind: reply.status == 404 ? .notFound : nil)
    }

    // MARK: Reading

    /// A manifest or index; nil if there is none.
    ///
    /// - Parameter name: a tag, or a digest with which it is then compared.
    public func manifest(_ name: String) throws -> (descriptor: OCIDescriptor, text: [UInt8])? {
        let reply = try ask(.pull, headers: [OCIRegistry.manifestTypes]) { $0.manifestURL(name) }
        if reply.status == 404 { return nil }
        guard reply.status == 200 else { throw refused("the question for '\(name)'", reply) }
        let type = reply.head["content-type"]?.split(separator: ";").first.map(String.init)
        let descriptor = OCIDescriptor(mediaType: type ?? OCIMediaType.manifest, of: reply.body)
        if let wanted = OCIDescriptor.digest(name), wanted != descriptor.digest { throw damaged(name) }
        return (descriptor, reply.body)
    }

    private func damaged(_ name: String) -> Failure {
        Failure(
            "what the registry \(repository.host) sent for '\(name)' has another hash",
            remedy: "Try again; if it stays so, something on the way changes it.", kind: .integrity)
    }

    /// A small blob, whose hash was compared.
    public func document(_ blob: OCIDescriptor) throws -> [UInt8] {
        let reply = try ask(.pull) { $0.blobURL(blob.digestText) }
        guard reply.status == 200 else { throw refused("the question for the blob \(blob.digestText)", reply) }
        guard SHA256Hasher.hash(reply.body) == blob.digest else { throw damaged(blob.digestText) }
        return reply.body
    }

    /// Whether the repository has a blob.
    public func contains(_ blob: OCIDescriptor) throws -> Bool {
        let reply = try ask(.push, method: "HEAD") { $0.blobURL(blob.digestText) }
        if reply.status == 404 { return false }
        guard reply.status == 200 else { throw refused("the question for the blob \(blob.digestText)", reply) }
        return true
    }

    /// What says something about a manifest: from the registry's own list, else from that under the tag which stands for
    /// one (section "Referrers tag schema" of the specification).
    public func referrers(of subject: OCIDescriptor) throws -> [OCIDescriptor] {
        let reply = try ask(.pull, headers: ["Accept: \(OCIMediaType.index)"]) { $0.referrersURL(subject.digestText) }
        if reply.status == 200, let index = try? OCIIndex(reply.body) { return index.manifests }
        guard let (_, text) = try manifest(subject.referrersTag) else { return [] }
        return try OCIIndex(text).manifests
    }

    // MARK: Writing

    /// Takes a blob from another repository of the registry, if it is there and may be read.
    public func mount(_ blob: OCIDescriptor, from other: String) throws -> Bool {
        let query = "?mount=\(blob.digestText)&from=\(PercentEncoding.encode(other.utf8, escaping: .keeping("/")))"
        let reply = try ask(.mount(from: other), method: "POST", body: []) { $0.uploadURL + query }
        if reply.status == 201 { return true }
        // It has begun an upload instead, which is not gone on with.
        if reply.status == 202, let place = reply.head["location"] {
            _ = try? ask(.push, method: "DELETE") { RegistryClient.resolve(place, from: $0.uploadURL) }
        }
        return false
    }

    /// Bytes that go up at once.
    static let chunkSize: Int64 = 8 << 20

    /// Sends a blob in chunks; what was broken off goes on where the registry says it ended.
    ///
    /// - Parameter advance: called with the bytes that went up; less than 0: they have to go again.
    public func upload(_ blob: OCIDescriptor, _ content: FileSlice, advance: (Int64) -> Void) throws {
        var breaks = 0
        var sent: Int64 = 0
        var place = try beginUpload()
        func goOn(_ position: Int64) {
            advance(position - sent)
            sent = position
        }
        while true {
            try Interruption.check()
            let size = min(RegistryClient.chunkSize, content.length - sent)
            let chunk = try content.part(offset: sent, length: size).readAll(limit: RegistryClient.chunkSize)
            let isLast = sent + size == content.length
            do {
                let reply = try put(chunk, at: sent, of: blob, isLast: isLast, place)
                if isLast, reply.status == 201 {
                    if let digest = reply.head["docker-content-digest"], digest != blob.digestText {
                        throw damaged(blob.digestText)
                    }
                    return goOn(content.length)
                }
                if !isLast, reply.status == 202 || reply.status == 204 {
                    place = reply.head["location"].map { RegistryClient.resolve($0, from: place) } ?? place
                    goOn(RegistryClient.end(reply) ?? sent + size)
                    continue
                }
                guard RetryPolicy.isTransient(status: reply.status) || [404, 416].contains(reply.status) else {
                    throw refused("a part of the blob \(blob.digestText)", reply)
                }
                breaks += 1
                if breaks >= policy.tries { throw refused("a part of the blob \(blob.digestText)", reply) }
            } catch let problem as ExchangeProblem {
                breaks += 1
                guard problem.isTransient, breaks < policy.tries else { throw problem.failure }
            }
            try pause(after: breaks, nil)
            // The answer to the last part may be all that was lost.
            if isLast, try contains(blob) { return goOn(content.length) }
            if let (known, position) = try status(of: place) {
                place = known
                goOn(position)
            } else {
                place = try beginUpload()
                goOn(0)
            }
        }
    }

    private func beginUpload() throws -> String {
        let reply = try ask(.push, method: "POST", body: []) { $0.uploadURL }
        guard reply.status == 202, let place = reply.head["location"] else {
            throw refused("the beginning of an upload", reply)
        }
        let (repository, _) = try oci.opened(repository, .push)
        return RegistryClient.resolve(place, from: repository.registry)
    }

    private func put(
        _ chunk: [UInt8], at position: Int64, of blob: OCIDescriptor, isLast: Bool, _ place: String
    ) throws -> HTTPClient.Reply {
        var headers = ["Content-Type: application/octet-stream"]
        if !chunk.isEmpty {
            headers.append("Content-Range: \(position)-\(position + Int64(chunk.count) - 1)")
        }
        let address = isLast ? place + (place.contains("?") ? "&" : "?") + "digest=\(blob.digestText)" : place
        let method = isLast ? "PUT" : "PATCH"
        let reply = try send(method, .push, headers, chunk, isRenewing: false) { _ in address }
        // A token may have expired meanwhile.
        if reply.status != 401 { return reply }
        return try send(method, .push, headers, chunk, isRenewing: true) { _ in address }
    }

    /// How far an upload has come; nil if the registry no longer knows it.
    private func status(of place: String) throws -> (place: String, position: Int64)? {
        let reply = try ask(.push) { _ in place }
        guard reply.status == 204 || reply.status == 202 else { return nil }
        let next = reply.head["location"].map { RegistryClient.resolve($0, from: place) } ?? place
        return (next, RegistryClient.end(reply) ?? 0)
    }

    /// What comes next by the `Range: 0-n` of an answer.
    private static func end(_ reply: HTTPClient.Reply) -> Int64? {
        guard let range = reply.head["range"], let last = range.split(separator: "-").last.flatMap({ Int64($0) }) else {
            return nil
        }
        // An upload without any byte is said to have 0-0.
        return last == 0 ? 0 : last + 1
    }

    /// Puts a manifest or index under a tag or its digest.
    ///
    /// - Returns: whether the registry itself keeps the list of what refers to its subject.
    /// - Throws: `ManifestRefusal` if the registry does not like what is in it.
    @discardableResult
    public func put(_ text: [UInt8], mediaType: String, as name: String) throws -> Bool {
        let reply = try ask(.push, method: "PUT", headers: ["Content-Type: \(mediaType)"], body: text) {
            $0.manifestURL(name)
        }
        guard reply.status == 201 || reply.status == 202 else {
            let failure = refused("the manifest '\(name)'", reply)
            if [400, 406, 415, 422].contains(reply.status) { throw ManifestRefusal(failure: failure) }
            throw failure
        }
        let digest = OCIDescriptor(mediaType: mediaType, of: text).digestText
        if let found = reply.head["docker-content-digest"], found != digest { throw damaged(name) }
        return reply.head["oci-subject"] != nil
    }
}

extension OCIDescriptor {
    /// The tag of the list of what refers to a manifest, where the registry keeps none.
    public var referrersTag: String { "sha256-\(digest.hex)" }
}
