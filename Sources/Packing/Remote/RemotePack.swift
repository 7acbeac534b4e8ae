import Archive
import CondaModel
import Fetch
import OCI
import Signing
import Support

/// Opens packs that are no files of this machine: in registries, in layouts on the disk, behind URLs.
struct RemotePack {
    /// How the network is used for packs.
    let settings: FetchSettings
    let reporter: any Reporter
    /// Where a file without a name is made for what comes.
    let folder: ByteString
    let trust: PackTrust?
    /// Is told of what has come of a pack that comes as a whole.
    var arriving: ArrivingPack?

    /// What a reference or URL stands for.
    func open(_ argument: ByteString) throws -> OpenPack {
        if let reference = try OCIReference(argument: argument) { return try open(reference) }
        return try open(WebURL(argument.lossyString))
    }

    // MARK: Registries and layouts

    /// A registry or layout, as far as reading needs it.
    private struct Store {
        /// A manifest or index, by tag or digest.
        let find: (String?, SHA256Digest?) throws -> (descriptor: OCIDescriptor, text: [UInt8])
        let document: (OCIDescriptor) throws -> [UInt8]
        let referrers: (OCIDescriptor) throws -> [OCIDescriptor]
        let content: ([(RelativePath, OCIDescriptor)]) throws -> (any PackContentSource)
    }

    private func open(_ reference: OCIReference) throws -> OpenPack {
        try describing("could not open pack '\(reference.description)'") {
            let store = try store(of: reference)
            let (top, text) = try store.find(reference.tag, reference.digest)
            let signature = try trust.map { try check(top, text, by: $0, store, reference) }
            let reader: PackReader
            switch try OCIContent(text) {
            case .manifest(let manifest):
                reader = try plain(manifest, store, reference.description)
            case .index(let index):
                reader = try bundle(index, store, reference.description)
            }
            return try OpenPack(
                reader: reader, layout: nil, tar: nil, signature: signature, digest: top.digest)
        }
    }

    private func store(of reference: OCIReference) throws -> Store {
        switch reference.place {
        case .layout(let path):
            let layout = try OCILayout.open(path)
            return Store(
                find: { tag, digest in
                    let found = try layout.find(tag: tag, digest: digest)
                    return (found, try layout.document(found))
                },
                document: { try layout.document($0) },
                referrers: { subject in
                    guard let list = try? layout.find(tag: subject.referrersTag) else { return [] }
                    return try OCIIndex(layout.document(list)).manifests
                },
                content: { LayoutContent(layout, $0.map(\.1)) })
        case .registry(let repository):
            let client = try RegistryClient.pulling(
                reference.version, from: repository, settings: settings, reporter: reporter)
            let fetcher = try Fetcher(settings: settings, reporter: reporter)
            let store = RegistryImages(reference.description, client, repository, settings, reporter)
            return Store(
                find: { try store.manifest($1.map { "sha256:\($0.hex)" } ?? $0 ?? "latest") },
                document: { try store.document($0) },
                referrers: { try client.referrers(of: $0) },
                content: { files in
                    let total = files.reduce(Int64(0)) { $0 &+ max(0, $1.1.size) }
                    let spool = try spool(total)
                    var offset: Int64 = 0
                    let items = try files.map { name, blob in
                        defer { offset += blob.size }
                        return RemoteContent.Item(
                            name: name, location: try client.location(of: blob), start: nil,
                            slice: FileSlice(file: spool, offset: offset, length: blob.size), sha256: blob.digest)
                    }
                    return RemoteContent(items, fetcher: fetcher, reporter: reporter)
                })
        }
    }

    /// A file without a name that has room for all, of which only what comes takes any.
    private func spool(_ size: Int64) throws -> File {
        let file = try UnlinkedFile.make(in: folder, describedAs: folder)
        guard size < 1 << 50 else { throw Failure("the pack claims to have \(size) bytes") }
        try Sys.truncate(file.descriptor, to: size)
        return file
    }

    /// The files of a manifest by their names.
    private func files(of manifest: OCIManifest, _ name: ByteString) throws -> [(RelativePath, OCIDescriptor)] {
        guard manifest.config.mediaType == PackArtifact.configType else {
            throw Failure(
                "'\(name)' is no pack: it is of the kind '\(manifest.kind)'",
                remedy: "Name a pack that pixi-pack has pushed.")
        }
        var seen: Set<RelativePath> = []
        return try manifest.layers.map { layer in
            guard let title = layer.annotations[OCIAnnotation.title] else {
                throw Failure("'\(name)' has a layer without a name", remedy: "Push the pack again.", kind: .integrity)
            }
            let path = try RelativePath(ByteString(title))
            guard seen.insert(path).inserted else {
                throw Failure("'\(name)' has two files '\(path)'", remedy: "Push the pack again.", kind: .integrity)
            }
            return (path, layer)
        }
    }

    private func plain(_ manifest: OCIManifest, _ store: Store, _ name: ByteString) throws -> PackReader {
        let files = try files(of: manifest, name)
        return try reader(files, store, name)
    }

    private func reader(
        _ files: [(RelativePath, OCIDescriptor)], _ store: Store, _ name: ByteString, adding more: [PackMember] = []
    ) throws -> PackReader {
        let content = try store.content(files)
        let members = files.enumerated().map { number, file in
            PackMember(name: file.0, size: file.1.size, from: content, number: number)
        }
        // Everything else is read at once, and is small.
        try PackMember.bring(members.filter { !PackArtifact.isPackage($0.name) })
        return PackReader(path: name, members: members + more)
    }

    /// Several packs as the bundle they would be in one file: what is no package lies in a folder for each environment.
    private func bundle(_ index: OCIIndex, _ store: Store, _ name: ByteString) throws -> PackReader {
        var environments: [Bundle.Environment] = []
        var files: [(RelativePath, OCIDescriptor)] = []
        var known: [RelativePath: SHA256Digest] = [:]
        for entry in index.manifests {
            guard let environment = entry.annotations[PackArtifact.environmentKey],
                let platform = entry.annotations[PackArtifact.platformKey]
            else { continue }
            let part = Bundle.Environment(name: environment, platform: try Platform(parsing: platform))
            environments.append(part)
            let folder = try part.folder
            for (path, blob) in try self.files(of: OCIManifest(store.document(entry)), name) {
                let isShared = PackArtifact.isPackage(path)
                let place = isShared ? path : folder.appending(path)
                if let other = known.updateValue(blob.digest, forKey: place) {
                    if other == blob.digest { continue }
                    throw Failure(
                        "two environments of '\(name)' have different files '\(path)'",
                        remedy: "Take one of them by its digest.")
                }
                files.append((place, blob))
            }
        }
        guard !environments.isEmpty else {
            throw Failure(
                "'\(name)' is a list of manifests, none of which is a pack",
                remedy: "Name a pack that pixi-pack has pushed.")
        }
        let text = PackManifest.render(bundle: environments, producer: "")
        let spool = try spool(Int64(text.count))
        try text.withUnsafeBytes { try Sys.writeAll(spool.descriptor, $0, at: 0) }
        let own = PackMember(name: try RelativePath(PackManifest.fileName), data: try spool.slice())
        return try reader(files, store, name, adding: [own])
    }

    /// Compares a manifest with its signature: one beside it in the registry, or the file that was named.
    private func check(
        _ top: OCIDescriptor, _ text: [UInt8], by trust: PackTrust, _ store: Store, _ reference: OCIReference
    ) throws -> Signature {
        let spool = try spool(Int64(text.count))
        try text.withUnsafeBytes { try Sys.writeAll(spool.descriptor, $0, at: 0) }
        let manifest = FileSlice(
            file: File(descriptor: try Sys.duplicate(spool.descriptor), path: reference.description), offset: 0,
            length: Int64(text.count))
        if let file = trust.signature {
            let signature = try describing("could not read the signature '\(file)'") { try Signature.read(file) }
            try describing("'\(reference.description)' cannot be trusted") {
                try signature.verify(manifest, key: trust.key)
            }
            return signature
        }
        var problem: (any Error)?
        for entry in try store.referrers(top).prefix(64) {
            if let kind = entry.artifactType, kind != PackArtifact.signatureType { continue }
            let statement = try OCIManifest(store.document(entry))
            guard statement.kind == PackArtifact.signatureType, statement.subject?.digest == top.digest,
                let layer = statement.layers.first, layer.size <= 64 << 10
            else { continue }
            do {
                let signature = try Signature(fileContents: store.document(layer))
                try signature.verify(manifest, key: trust.key)
                return signature
            } catch {
                problem = error
            }
        }
        throw Failure(
            "'\(reference.description)' cannot be trusted", cause: problem ?? Failure("it has no signature"),
            remedy: "Push it with --sign, or look whether this is the right key.",
            kind: problem == nil ? .notFound : nil)
    }

    // MARK: URLs

    private func open(_ url: WebURL) throws -> OpenPack {
        if let path = url.filePath {
            return try PackSource.path(path).open(spoolingTo: folder, trust: trust)
        }
        guard ["http", "https", "s3", "gcs"].contains(url.scheme) else {
            throw Failure(
                "'\(url.redacted)' has the scheme '\(url.scheme)', which cannot be downloaded",
                remedy: "Use http, https, s3, gcs, file or oci.")
        }
        let name = ByteString(url.redacted)
        return try describing("could not open pack '\(name)'") {
            let reader = try RangeReader(url, settings: settings, reporter: reporter)
            // A signature is of the whole file.
            guard trust == nil, let size = try reader.size(), size > 0,
                PackCompression(startOfFile: Array(reader.start.prefix(8))) == nil,
                reader.start.count > 262, reader.start[257..<262].elementsEqual("ustar".utf8)
            else { return try whole(url, name) }
            let index = try RemoteIndex(reader, spool(size), size: size, called: name)
            let content = RemoteContent(
                [], fetcher: try Fetcher(settings: settings, reporter: reporter), reporter: reporter)
            func member(_ path: RelativePath, _ slice: FileSlice, _ sha256: SHA256Digest? = nil) -> PackMember {
                let number = content.add(
                    RemoteContent.Item(
                        name: path, location: .url(url), start: slice.offset, slice: slice, sha256: sha256))
                return PackMember(name: path, size: slice.length, from: content, number: number)
            }
            let pack: PackReader
            if let listed = try index.listed() {
                pack = PackReader(
                    path: name,
                    members: listed.map { file in
                        file.isThere
                            ? PackMember(name: file.path, data: file.slice)
                            : member(file.path, file.slice, file.sha256)
                    })
            } else {
                pack = try PackReader.open(
                    index.tar, called: name, prepare: { try index.need($0, $1) }, member: { member($0, $1) })
            }
            try PackMember.bring(pack.members.filter { !PackArtifact.isPackage($0.name) })
            let open = try OpenPack(reader: pack, layout: nil, tar: nil, signature: nil)
            let digests = try PackDigests(of: pack, open.form)
            content.note(digests.declared.compactMapValues(\.sha256))
            return open
        }
    }

    /// All of it, where its parts cannot be asked for or do not help.
    private func whole(_ url: WebURL, _ name: ByteString) throws -> OpenPack {
        let fetcher = try Fetcher(settings: settings, reporter: reporter)
        func fetch(_ url: WebURL, _ arriving: ArrivingPack? = nil) throws -> File {
            let file = try UnlinkedFile.make(in: folder, describedAs: name)
            arriving?.follow(file)
            defer { arriving?.end() }
            _ = try fetcher.fetch([
                FetchRequest(
                    id: 0, WantedFile(url.lastSegment.map { "\($0)" } ?? "pack", kind: .pack, at: .url(url)),
                    sink: WholeFileSink(file: file, arriving: arriving))
            ])
            return file
        }
        reporter.progress(.phaseBegan(name: "Fetching the pack", items: 1, bytes: 0, unsized: 1))
        let file = try fetch(url, arriving)
        reporter.progress(.phaseEnded)
        let slice = FileSlice(
            file: File(descriptor: try Sys.duplicate(file.descriptor), path: name), offset: 0, length: try file.size())
        var signature: Signature?
        if let trust {
            if trust.signature != nil {
                signature = try trust.check(slice, path: nil)
            } else {
                let place = try WebURL(url.text + Signature.fileEnding.lossyString)
                let text = try describing(
                    "could not get the signature '\(place.redacted)'", remedy: "Name it with --signature FILE."
                ) { try fetch(place).slice().readAll(limit: 64 << 10) }
                let found = try Signature(fileContents: text)
                try describing("'\(name)' cannot be trusted") { try found.verify(slice, key: trust.key) }
                signature = found
            }
        }
        return try PackSource.path(name).open(.file(slice, signature: signature), PackSpool(in: folder))
    }
}
