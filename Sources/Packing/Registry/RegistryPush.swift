import Fetch
import OCI
import Support

/// Brings what is in a layout to a registry: first the blobs it lacks, then manifests, and last the tag, so that a push
/// that is broken off leaves none.
struct RegistryPush {
    private let layout: OCILayout
    private let client: RegistryClient
    private let notes: PushNotes?
    private let mountable: [OCIReference]
    private let width: Int
    private let reporter: any Reporter

    /// - Parameter mountable: other packs, from whose repositories blobs may be taken.
    init(
        _ layout: OCILayout, to client: RegistryClient, mountable: [OCIReference], _ settings: FetchSettings,
        reporter: any Reporter
    ) {
        self.layout = layout
        self.client = client
        self.mountable = mountable
        self.reporter = reporter
        notes = PushNotes(settings.environment, host: client.place.host)
        width = settings.concurrency == 0 ? 8 : min(settings.concurrency, 8)
    }

    /// A manifest or list, the manifests in the list, and the manifest with the signature.
    struct Statement {
        let top: OCIDescriptor
        let children: [OCIDescriptor]
        let signature: OCIDescriptor?
    }

    /// - Throws: `ManifestRefusal` if the registry does not like what is in a manifest.
    func push(_ statement: Statement, _ tag: String) throws {
        try push(statement.top, statement.children, signature: statement.signature, tag: tag)
    }

    /// - Parameters:
    ///   - children: the manifests that `top` lists; none if it is one itself.
    ///   - bring: puts blobs into the layout that neither it nor the repository has.
    /// - Throws: `ManifestRefusal` if the registry does not like what is in a manifest.
    func push(
        _ top: OCIDescriptor, _ children: [OCIDescriptor], signature: OCIDescriptor?, tag: String,
        bring: ([OCIDescriptor]) throws -> Void = { _ in }
    ) throws {
        let manifests = children.isEmpty ? [top] : children
        let all = try manifests.flatMap { try blobs(of: $0) }
        let lacking = Locked<[OCIDescriptor]>([])
        let elsewhere = all.filter { !layout.contains($0) }
        try WorkerPool(width: width).forEach(count: elsewhere.count) { number, _ in
            let blob = elsewhere[number]
            if try client.contains(blob) || mount(blob) { return }
            lacking.withLock { $0.append(blob) }
        }
        let missing = lacking.withLock { $0 }
        if !missing.isEmpty { try bring(missing) }
        try upload(all)
        for child in children { try put(child, as: child.digestText) }
        if let signature {
            // The manifest is there by its digest first: the signature refers to it, and no tag leads to it yet.
            try put(top, as: top.digestText)
            try upload(try blobs(of: signature))
            let isListed = try put(signature, as: signature.digestText)
            if !isListed { try list(signature, of: top) }
        }
        try put(top, as: tag)
    }

    /// Configuration and layers of a manifest; each once.
    private func blobs(of manifest: OCIDescriptor) throws -> [OCIDescriptor] {
        let content = try OCIManifest(layout.document(manifest))
        var seen: Set<SHA256Digest> = []
        return ([content.config] + content.layers).filter { seen.insert($0.digest).inserted }
    }

    @discardableResult
    private func put(_ manifest: OCIDescriptor, as name: String) throws -> Bool {
        try client.put(try layout.document(manifest), mediaType: manifest.mediaType, as: name)
    }

    /// Notes what refers to a manifest under the tag that stands for the list, where the registry keeps none.
    private func list(_ signature: OCIDescriptor, of top: OCIDescriptor) throws {
        var index = OCIIndex(manifests: [])
        if let (_, text) = try client.manifest(top.referrersTag) { index = try OCIIndex(text) }
        index.manifests.removeAll { $0.digest == signature.digest }
        index.manifests.append(signature)
        try client.put(index.render(), mediaType: OCIMediaType.index, as: top.referrersTag)
    }

    private func upload(_ all: [OCIDescriptor]) throws {
        var seen: Set<SHA256Digest> = []
        let blobs = all.filter { seen.insert($0.digest).inserted }.sorted { $0.size > $1.size }
        let bytes = blobs.reduce(Int64(0)) { $0 &+ $1.size }
        reporter.progress(.phaseBegan(name: "Pushing", items: blobs.count, bytes: bytes))
        defer { reporter.progress(.phaseEnded) }
        let counts = Locked((there: 0, mounted: 0, sent: 0, bytes: Int64(0)))
        try WorkerPool(width: width).forEach(count: blobs.count) { number, _ in
            try Interruption.check()
            let blob = blobs[number]
            let name = blob.annotations[OCIAnnotation.title] ?? blob.digestText
            reporter.progress(.itemBegan(id: number, name: "\(name)", bytes: blob.size))
            defer { reporter.progress(.itemEnded(id: number)) }
            if try client.contains(blob) {
                counts.withLock { $0.there += 1 }
            } else if try mount(blob) {
                counts.withLock { $0.mounted += 1 }
            } else {
                try client.upload(blob, try layout.blob(blob)) {
                    reporter.progress(.itemAdvanced(id: number, bytes: $0))
                }
                counts.withLock {
                    $0.sent += 1
                    $0.bytes += blob.size
                }
            }
            notes?.note(blob, in: client.place.name)
        }
        let (there, mounted, sent, size) = counts.withLock { $0 }
        reporter.info(
            "Of \(blobs.count) blobs \(sent) were sent (\(humanSize(size))), \(mounted) taken from other repositories, "
                + "\(there) were there.")
    }

    /// Takes a blob from a repository that is known to have it.
    private func mount(_ blob: OCIDescriptor) throws -> Bool {
        var places = notes?.repositories(with: blob) ?? []
        for case .registry(let other) in mountable.map(\.place) where other.host == client.place.host {
            places.append(other.name)
        }
        var tried: Set<String> = [client.place.name]
        for place in places where tried.insert(place).inserted {
            if try client.mount(blob, from: place) { return true }
        }
        return false
    }
}

/// Notes of which repositories have a blob that was pushed from here, so that others can take it from there.
///
/// They lie in `$XDG_CACHE_HOME/pixi-pack/registries/HOST/HASH`, and are hints: the registry decides.
private struct PushNotes {
    private let folder: ByteString
    private static let mostRepositories = 4

    /// Nil where there is no cache.
    init?(_ environment: ProcessEnvironment, host: String) {
        guard let base = environment.cacheHome else { return nil }
        folder = base.appending(path: "pixi-pack/registries").appending(path: ByteString(host))
    }

    private func path(of blob: OCIDescriptor) -> ByteString { folder.appending(path: ByteString(blob.digest.hex)) }

    func repositories(with blob: OCIDescriptor) -> [String] {
        guard let text = try? File.openGiven(path(of: blob)).slice().readAll(limit: 64 << 10) else { return [] }
        return String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
            .filter { (try? OCIReference(argument: ByteString("oci://h/\($0)"))) != nil }
    }

    /// What cannot be noted is not noted.
    func note(_ blob: OCIDescriptor, in repository: String) {
        var known = repositories(with: blob)
        if known.first == repository { return }
        known.removeAll { $0 == repository }
        known.insert(repository, at: 0)
        let text = known.prefix(PushNotes.mostRepositories).joined(separator: "\n") + "\n"
        _ = try? Sys.makeDirectories(folder)
        try? WholeFile.write(Array(text.utf8), to: path(of: blob), umask: ProcessUmask.original)
    }
}
