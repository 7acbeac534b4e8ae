import Fetch
import OCI
import Signing
import Support

/// Puts packs under a tag: in a layout on the disk, or by way of one in a registry.
struct Publication {
    let layout: OCILayout
    private let reference: OCIReference
    private let tag: String
    private let request: PackRequest
    private let reporter: any Reporter
    /// Where the layout is on its way to a registry; removed with the last reference.
    private let scratch: ScratchDirectory?

    /// - Throws: `Failure` if the reference names no tag, or nothing can be written there.
    init(_ reference: OCIReference, _ request: PackRequest, reporter: any Reporter) throws {
        guard let tag = reference.tag, reference.digest == nil else {
            throw Failure(
                "'\(reference.description)' names no tag to push to",
                remedy: "Write a tag behind it, and no digest: \(reference.description):1.0.")
        }
        self.reference = reference
        self.tag = tag
        self.request = request
        self.reporter = reporter
        switch reference.place {
        case .layout(let path):
            scratch = nil
            layout = try OCILayout.create(path)
        case .registry(let repository):
            // One that is blocked is said before anything is packed.
            _ = try RegistryClient.pushing(to: repository, settings: request.fetch, reporter: reporter)
            let folder = try ScratchDirectory(in: ProcessEnvironment.current.largeTemporaryFolder)
            scratch = folder
            layout = try OCILayout.create(folder.path.appending(path: "layout"))
        }
    }

    /// - Parameter results: of the packs in the layout.
    /// - Returns: one result for all.
    func publish(_ results: [PackResult], as targets: [PackTarget]) throws -> PackResult {
        let manifests = results.compactMap(\.manifest)
        guard var result = results.first, !manifests.isEmpty else {
            throw Failure("nothing was packed for '\(reference.description)'")
        }
        if manifests.count > 1 {
            result.platform = nil
            result.packages = results.reduce(0) { $0 + $1.packages }
            result.wheels = results.reduce(0) { $0 + $1.wheels }
            result.size = results.reduce(0) { $0 &+ $1.size }
        }
        var statement = try statement(manifests, isTyped: true)
        switch reference.place {
        case .layout:
            let top = statement.top
            if let signature = statement.signature {
                try layout.tag(try referrers(of: top, with: signature), as: top.referrersTag)
            }
            try layout.tag(top, as: tag)
        case .registry(let repository):
            let client = try RegistryClient.pushing(to: repository, settings: request.fetch, reporter: reporter)
            let push = RegistryPush(
                layout, to: client, mountable: request.mountable, request.fetch, reporter: reporter)
            do {
                try push.push(statement, tag)
            } catch is ManifestRefusal {
                // Some registries take no field that version 1.0 of the specification does not have.
                let host = repository.host
                reporter.debug("the registry \(host) refuses the manifest: it gets one without 'artifactType'")
                statement = try self.statement(manifests.map { try untyped($0) }, isTyped: false)
                do {
                    try push.push(statement, tag)
                } catch let refusal as ManifestRefusal {
                    throw refusal.failure
                }
            }
        }
        result.path = reference.description
        result.digest = statement.top.digest
        result.signature = statement.signature.map { ByteString("sha256:\($0.digest.hex)") }
        return result
    }

    /// What is said of some packs.
    ///
    /// - Parameter isTyped: whether `artifactType` is used, which came with version 1.1 of the image specification.
    private func statement(_ manifests: [OCIDescriptor], isTyped: Bool) throws -> RegistryPush.Statement {
        var top: OCIDescriptor
        if manifests.count == 1, let only = manifests.first {
            top = only
            top.annotations = [:]
            top.platform = nil
        } else {
            var index = OCIIndex(manifests: manifests)
            index.artifactType = isTyped ? PackArtifact.artifactType : nil
            top = try layout.put(index.render(), mediaType: OCIMediaType.index)
        }
        let signature = try request.signing.map { try sign(top, with: $0, isTyped: isTyped) }
        return RegistryPush.Statement(
            top: top, children: manifests.count > 1 ? manifests : [], signature: signature)
    }

    /// The same manifest, whose kind only its configuration says.
    private func untyped(_ manifest: OCIDescriptor) throws -> OCIDescriptor {
        var content = try OCIManifest(layout.document(manifest))
        content.artifactType = nil
        var result = try layout.put(content)
        result.annotations = manifest.annotations
        result.platform = manifest.platform
        return result
    }

    /// A manifest with the signature of another.
    private func sign(_ top: OCIDescriptor, with signing: PackSigning, isTyped: Bool) throws -> OCIDescriptor {
        let signature = try signing.sign(manifest: try layout.blob(top), called: reference.description)
        var layer = try layout.put(signature.fileContents, mediaType: "text/plain")
        layer.annotations[OCIAnnotation.title] = "manifest.minisig"
        let empty = try layout.put(
            Array("{}".utf8), mediaType: isTyped ? OCIMediaType.empty : PackArtifact.signatureType)
        var manifest = OCIManifest(config: empty, layers: [layer])
        if isTyped { manifest.artifactType = PackArtifact.signatureType }
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
