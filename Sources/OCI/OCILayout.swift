import LibC
import Support

/// A folder that is laid out as a registry's content: blobs by their hash, and a list of tags
/// (OCI image specification, image-layout.md).
///
///     let layout = try OCILayout.create("stick/app")
///     let layer = try layout.put(bytes, mediaType: OCIMediaType.layerTarZstd)
///     let manifest = try layout.put(OCIManifest(config: config, layers: [layer]))
///     try layout.tag(manifest, as: "1.4")
///
/// Blobs appear whole, and a tag when all it needs is there; several processes may write at the same time.
public struct OCILayout: Sendable, Equatable {
    public let path: ByteString

    /// The most bytes of a manifest or index; registries have the same limit.
    public static let documentLimit: Int64 = 4 << 20

    /// A layout that is there.
    ///
    /// - Throws: `Failure` naming the folder if it is none.
    public static func open(_ path: ByteString) throws -> OCILayout {
        let layout = OCILayout(path: path)
        guard try Sys.exists(layout.marker) else {
            throw Failure(
                "'\(path)' is no OCI layout: it has no file 'oci-layout'",
                remedy: "Name a folder that pixi-pack or skopeo has made: oci:DIR:TAG.", kind: .notFound)
        }
        return layout
    }

    /// A layout that is there, or a new one.
    ///
    /// - Throws: `Failure` naming the folder if it cannot be made, or has other things in it.
    public static func create(_ path: ByteString) throws -> OCILayout {
        let layout = OCILayout(path: path)
        return try describing("could not create the OCI layout '\(path)'") {
            if try Sys.exists(layout.marker) { return layout }
            if try Sys.exists(path), try !Sys.list(path).isEmpty {
                throw Failure(
                    "the folder has other files", remedy: "Name a folder that is empty, or not there.")
            }
            _ = try Sys.makeDirectories(layout.blobs)
            try WholeFile.write(
                Array("{\"imageLayoutVersion\":\"1.0.0\"}".utf8), to: layout.marker, umask: ProcessUmask.original)
            return layout
        }
    }

    private var marker: ByteString { path.appending(path: "oci-layout") }
    private var blobs: ByteString { path.appending(path: "blobs/sha256") }
    private var list: ByteString { path.appending(path: "index.json") }
    private func place(_ digest: SHA256Digest) -> ByteString { blobs.appending(path: ByteString(digest.hex)) }

    // MARK: Reading

    /// The list of what is there.
    public func index() throws -> OCIIndex {
        try describing("could not read '\(list)'", remedy: "Copy the layout again.") {
            guard try Sys.exists(list) else { return OCIIndex(manifests: []) }
            return try OCIIndex(File.open(list).slice().readAll(limit: OCILayout.documentLimit))
        }
    }

    /// What a tag or digest names; without both, the only thing there.
    ///
    /// - Throws: `Failure` naming what is there if that is not.
    public func find(tag: String?, digest: SHA256Digest? = nil) throws -> OCIDescriptor {
        let all = try index().manifests
        let named = all.filter { entry in
            (tag.map { entry.annotations[OCIAnnotation.refName]?.utf8.elementsEqual($0.utf8) ?? false } ?? true)
                && (digest.map { $0 == entry.digest } ?? true)
        }
        if let found = named.last, tag != nil || digest != nil || named.count == 1 { return found }
        if tag == nil, let digest, let size = try? File.open(place(digest)).size() {
            return OCIDescriptor(mediaType: OCIMediaType.manifest, digest: digest, size: size)
        }
        let tags = all.compactMap { $0.annotations[OCIAnnotation.refName] }
        let what = digest.map { "sha256:\($0.hex)" } ?? tag ?? ""
        if what.isEmpty, !all.isEmpty {
            throw Failure(
                "the OCI layout '\(path)' holds several things: \(tags.listed())",
                remedy: "Name one of them: oci:\(path):TAG.")
        }
        throw Failure(
            "the OCI layout '\(path)' has no '\(what)'" + (tags.isEmpty ? "" : "; it holds \(tags.listed())"),
            remedy: "Look for the tag, or copy the layout again.", kind: .notFound)
    }

    public func contains(_ descriptor: OCIDescriptor) -> Bool {
        (try? Sys.stat(place(descriptor.digest)).st_size == descriptor.size) ?? false
    }

    /// The bytes of a blob, as long as they shall be; their hash is for the caller to check.
    ///
    /// - Throws: `Failure` naming the blob that is missing or cut off.
    public func blob(_ descriptor: OCIDescriptor) throws -> FileSlice {
        let place = place(descriptor.digest)
        let slice = try describing(
            "the OCI layout '\(path)' lacks a blob", remedy: "Copy the layout again."
        ) { try File.open(place).slice() }
        if slice.length == descriptor.size { return slice }
        throw Failure(
            "the blob '\(place)' has \(slice.length) bytes instead of \(descriptor.size)",
            remedy: "Copy the layout again.", kind: .integrity)
    }

    /// The bytes of a blob, whose hash was compared.
    public func verifiedBlob(_ descriptor: OCIDescriptor) throws -> FileSlice {
        let slice = try blob(descriptor)
        if try slice.sha256() == descriptor.digest { return slice }
        throw OCILayout.damaged(place(descriptor.digest))
    }

    /// A manifest, index or configuration, whose hash was compared.
    public func document(_ descriptor: OCIDescriptor) throws -> [UInt8] {
        let bytes = try blob(descriptor).readAll(limit: OCILayout.documentLimit)
        if SHA256Hasher.hash(bytes) == descriptor.digest { return bytes }
        throw OCILayout.damaged(place(descriptor.digest))
    }

    private static func damaged(_ place: ByteString) -> Failure {
        Failure(
            "the blob '\(place)' is damaged: its hash is not its name", remedy: "Copy the layout again.",
            kind: .integrity)
    }

    // MARK: Writing

    /// Adds a blob.
    public func put(_ bytes: [UInt8], mediaType: String) throws -> OCIDescriptor {
        let writer = try beginBlob()
        try bytes.withUnsafeBytes { try writer.write($0) }
        return try writer.finish(mediaType: mediaType)
    }

    /// Adds a blob that is a file, or a part of one.
    public func put(_ content: FileSlice, mediaType: String) throws -> OCIDescriptor {
        let writer = try beginBlob()
        try content.forEachChunk(size: 1 << 20) { try writer.write($0) }
        return try writer.finish(mediaType: mediaType)
    }

    /// Begins a blob that is written in any order.
    public func beginFile() throws -> PendingFile { try PendingFile(target: blobs.appending(path: "blob")) }

    /// Gives a blob of `beginFile` its name.
    public func keep(_ pending: PendingFile, size: Int64, mediaType: String) throws -> OCIDescriptor {
        let digest = try FileSlice(file: pending.file, offset: 0, length: size).sha256()
        try Sys.truncate(pending.file.descriptor, to: size)
        try pending.commit(as: place(digest))
        return OCIDescriptor(mediaType: mediaType, digest: digest, size: size)
    }

    /// Adds a manifest.
    public func put(_ manifest: OCIManifest) throws -> OCIDescriptor {
        var descriptor = try put(manifest.render(), mediaType: OCIMediaType.manifest)
        descriptor.artifactType = manifest.artifactType
        return descriptor
    }

    /// Begins a blob whose bytes come one after the other.
    public func beginBlob() throws -> BlobWriter { try BlobWriter(in: blobs) }

    /// Makes a manifest or index known: under a tag, which it takes from what had it before, or without one.
    public func tag(_ descriptor: OCIDescriptor, as tag: String?) throws {
        try describingWriting(of: list) {
            // Two writers at once would each keep only their own tag.
            let lock = File(descriptor: try Sys.open(marker, O_RDONLY), path: marker)
            try Sys.lockExclusively(lock.descriptor)
            defer { withExtendedLifetime(lock) {} }
            var index = try index()
            index.manifests.removeAll { entry in
                let name = entry.annotations[OCIAnnotation.refName]
                guard let tag else { return name == nil && entry.digest == descriptor.digest }
                return name?.utf8.elementsEqual(tag.utf8) ?? false
            }
            var entry = descriptor
            entry.annotations[OCIAnnotation.refName] = tag
            index.manifests.append(entry)
            try WholeFile.write(index.render(), to: list, umask: ProcessUmask.original)
        }
    }

    /// A blob that is being written; one that is dropped before `finish` leaves nothing.
    public final class BlobWriter {
        private let pending: PendingFile
        private let folder: ByteString
        private var hasher = SHA256Hasher()
        private var size: Int64 = 0

        init(in folder: ByteString) throws {
            self.folder = folder
            // Killed runs' files are removed with the next one's.
            pending = try PendingFile(target: folder.appending(path: "blob"))
        }

        public func write(_ bytes: UnsafeRawBufferPointer) throws {
            hasher.update(bytes)
            try Sys.writeAll(pending.file.descriptor, bytes)
            size += Int64(bytes.count)
        }

        /// Gives the blob its name.
        public func finish(mediaType: String) throws -> OCIDescriptor {
            let digest = hasher.finish()
            try pending.commit(as: folder.appending(path: ByteString(digest.hex)))
            return OCIDescriptor(mediaType: mediaType, digest: digest, size: size)
        }
    }
}
