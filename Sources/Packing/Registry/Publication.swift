import Fetch
import OCI
import Signing
import Support

/// Puts packs under a tag: in a layout on the disk, or by way of one in a registry.
struct Publication {
    let layout: OCILayout
    private let reference: OCIReference
    private let tag: String
    private let options: PackRequest
    private let reporter: any Reporter
    /// Where the layout is on its way to a registry; removed with the last reference.
    private let scratch: ScratchDirectory?

    /// - Throws: `Failure` if the reference names no tag, or nothing can be written there.
    init(_ reference: OCIReference, _ options: PackRequest, reporter: any Reporter) throws {
        guard let tag = reference.tag, reference.digest == nil else {
            throw Failure(
                "'\(reference.description)' names no tag to push to",
                remedy: "Write a tag behind it, and no digest: \(reference.description):1.0.")
        }
        self.reference = reference
        self.tag = tag
        self.options = options
        self.reporter = reporter
        switch reference.place {
        case .layout(let path):
            scratch = nil
            layout = try OCILayout.create(path)
        case .registry:
            let folder = try ScratchDirectory(in: ProcessEnvironment.current.largeTemporaryFolder)
            scratch = folder
            layout = try OCILayout.create(folder.path.appending(path: "layout"))
        }
    }

    /// - Parameter results: of the packs in the layout.
    /// - Returns: one result for all.
    func publish(_ results: [PackResult], as targets: [PackTarget]) throws -> PackResult {
        let manifests = results.compactMap(\.manifest)
        guard var result = results.first, var top = manifests.first else {
            throw Failure("nothing was packed for '\(reference.description)'")
        }
        if manifests.count > 1 {
            var index = OCIIndex(manifests: manifests)
            index.artifactType = PackArtifact.artifactType
            top = try layout.put(index.render(), mediaType: OCIMediaType.index)
            result.platform = nil
            result.packages = results.reduce(0) { $0 + $1.packages }
            result.wheels = results.reduce(0) { $0 + $1.wheels }
            result.size = results.reduce(0) { $0 &+ $1.size }
        } else {
            top.annotations = [:]
            top.platform = nil
        }
        let signature = try options.signing.map { try sign(top, with: $0) }
        switch reference.place {
        case .layout:
            if let signature { try layout.tag(try referrers(of: top, with: signature), as: top.referrersTag) }
            try layout.tag(top, as: tag)
        case .registry(let host, let repository):
            let client = try RegistryClient(
                host: host, repository: repository, settings: options.fetch, reporter: reporter)
            let push = RegistryPush(
                layout, to: client, host: host, repository: repository, mountable: options.mountable, options.fetch,
                reporter: reporter)
            try push.push(top, manifests.count > 1 ? manifests : [], signature: signature, tag: tag)
        }
        result.path = reference.description
        result.digest = top.digest
        result.signature = signature.map { ByteString("sha256:\($0.digest.hex)") }
        return result
    }

    /// A manifest with the signature of another.
    private func sign(_ top: OCIDescriptor, with signing: PackSigning) throws -> OCIDescriptor {
        let signature = try signing.sign(manifest: try layout.blob(top), called: reference.description)
        var layer = try layout.put(signature.fileContents, mediaType: "text/plain")
        layer.annotations[OCIAnnotation.title] = "manifest.minisig"
        let empty = try layout.put(Array("{}".utf8), mediaType: OCIMediaType.empty)
        var manifest = OCIManifest(config: empty, layers: [layer])
        manifest.artifactType = PackArtifact.signatureType
        manifest.subject = OCIDescriptor(mediaType: top.mediaType, digest: top.digest, size: top.size)
        return try layout.put(manifest)
    }

    /// The list of what refers to a manifest, with one more.
    private func referrers(of top: OCIDescriptor, with signature: OCIDescriptor) throws -> OCIDescriptor {
        var index = OCIIndex(manifests: [])
        if let known = try? layout.find(tag: top.referrersTag) { index = try OCIIndex(layout.document(known)) }
        index.manifests.removeAll { $0.digest == signature.digest }
        index.manifests.append(signature)
        return try layout.put(index.render(), mediaType: OCIMediaType.index)
    }
}
