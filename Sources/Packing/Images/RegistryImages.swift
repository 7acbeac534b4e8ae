import CondaModel
import Fetch
import Image
import OCI
import Support

/// A repository of a registry as the place of a base image.
struct RegistryImages: ImageSource {
    let name: ByteString
    /// As it was named: the client may be that of a mirror.
    private let repository: OCIRepositoryName
    private let client: RegistryClient
    private let settings: FetchSettings
    private let reporter: any Reporter

    /// - Parameter name: as it was given, for messages.
    init(
        _ name: ByteString, _ client: RegistryClient, _ repository: OCIRepositoryName, _ settings: FetchSettings,
        _ reporter: any Reporter
    ) {
        self.name = name
        self.repository = repository
        self.settings = settings
        self.reporter = reporter
        self.client = client
    }

    func find(tag: String?, digest: SHA256Digest?) throws -> OCIDescriptor {
        try manifest(digest.map { "sha256:\($0.hex)" } ?? tag ?? "latest").descriptor
    }

    func document(_ blob: OCIDescriptor) throws -> [UInt8] {
        guard blob.size <= OCILayout.documentLimit else {
            throw Failure("a manifest or configuration of \(blob.size) bytes", kind: .integrity)
        }
        return OCIMediaType.allManifests.contains(blob.mediaType)
            ? try manifest(blob.digestText).text : try client.document(blob)
    }

    /// A manifest by tag or digest.
    func manifest(_ name: String) throws -> (descriptor: OCIDescriptor, text: [UInt8]) {
        if let found = try client.manifest(name) { return found }
        throw Failure(
            "the registry \(repository.host) has no '\(repository.name)\(name.contains(":") ? "@" : ":")\(name)'",
            remedy: "Compare the reference with what the push has printed.", kind: .notFound)
    }

    func bring(_ layers: [OCIDescriptor], to layout: OCILayout) throws {
        let bytes = layers.reduce(Int64(0)) { $0 &+ $1.size }
        reporter.progress(.phaseBegan(name: "Fetching the base image", items: layers.count, bytes: bytes, unsized: 0))
        defer { reporter.progress(.phaseEnded) }
        let files = try layers.map { _ in try layout.beginFile() }
        let requests = try layers.enumerated().map { number, layer in
            FetchRequest(
                id: number,
                WantedFile(
                    layer.digestText, kind: .pack, at: try client.location(of: layer),
                    digests: FileDigests(sha256: layer.digest), size: layer.size),
                sink: WholeFileSink(file: files[number].file))
        }
        for result in try Fetcher(settings: settings, reporter: reporter).fetch(requests) {
            let layer = layers[result.id]
            _ = try layout.keep(files[result.id], size: result.size, mediaType: layer.mediaType)
        }
    }
}

extension OCIReference {
    /// The digest or tag, as registries are asked for it.
    var version: String { digest.map { "sha256:\($0.hex)" } ?? tag ?? "latest" }
}
