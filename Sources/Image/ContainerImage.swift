import Archive
import CondaModel
import OCI
import Support

/// A container image in an OCI layout (OCI image specification 1.1): the layers of a base image, those of the environment, and
/// a configuration with the variables of its activation. Equal environments give equal digests.
public final class ContainerImage: ImageOutput {
    public let root: RelativePath?
    public let hasOwnPart = true
    public let date: Int64
    public let datesParts: Bool
    private let below: Int
    private let layout: OCILayout
    private let compression: PackCompression
    private let layers = Locked<[Int: Layer]>([:])

    private struct Layer {
        let descriptor: OCIDescriptor
        /// The hash of the tar.
        let diffID: SHA256Digest
        let blob: LayerSink?
    }

    /// - Parameters:
    ///   - root: where the environment is in the container.
    ///   - compression: gzip or zstd.
    ///   - below: how many layers the base image has.
    ///   - isDateNamed: the date is somebody's wish, and counts everywhere.
    public init(
        in layout: OCILayout, root: RelativePath, _ compression: PackCompression, date: Int64, isDateNamed: Bool,
        above below: Int
    ) {
        self.layout = layout
        self.root = root
        self.compression = compression
        self.date = date
        self.below = below
        datesParts = !isDateNamed
    }

    public func parts(of items: [ImageItem]) -> [Int] { LayerPlan.layers(of: items, above: below) }

    public func open(part: Int, date: Int64) throws -> TarImage {
        let blob = BlobSink(try layout.beginBlob())
        let layer = LayerSink(try CompressingSink(blob, compression, threads: 1), blob)
        layers.withLock {
            $0[part] = Layer(
                descriptor: OCIDescriptor(mediaType: mediaType, digest: .zero, size: 0), diffID: .zero, blob: layer)
        }
        return TarImage(to: layer, date: date)
    }

    public func close(part: Int, _ tar: TarImage) throws {
        _ = try tar.finish()
        guard let sink = layers.withLock({ $0[part]?.blob }) else { return }
        let descriptor = try sink.blob.writer.finish(mediaType: mediaType)
        let diffID = sink.diffID
        layers.withLock { $0[part] = Layer(descriptor: descriptor, diffID: diffID, blob: nil) }
    }

    private var mediaType: String {
        compression == .zstd ? OCIMediaType.layerTarZstd : OCIMediaType.layerTarGzip
    }

    /// Writes configuration and manifest. Layers of the base image are brought by whoever needs them.
    ///
    /// - Parameter variables: those of the activation, in their order; the value of PATH goes before that of the base image.
    /// - Returns: the descriptor of the manifest.
    public func finish(
        for platform: OCIPlatform, base: BaseImage?, settings: ContainerSettings,
        variables: [(name: String, value: String)]
    ) throws -> OCIDescriptor {
        let own = layers.withLock { layers in layers.keys.sorted().compactMap { layers[$0] } }
        let config = try ContainerConfig(
            platform: platform, date: date, base: base, settings: settings, variables: variables
        ).render(diffIDs: own.map(\.diffID))
        var manifest = OCIManifest(
            config: try layout.put(config, mediaType: OCIMediaType.imageConfig),
            layers: (base?.layers ?? []) + own.map(\.descriptor))
        manifest.annotations[OCIAnnotation.created] = ContainerConfig.text(of: date)
        var descriptor = try layout.put(manifest)
        descriptor.platform = platform
        return descriptor
    }
}

/// Writes to a blob.
private final class BlobSink: ByteSink, @unchecked Sendable {
    let writer: OCILayout.BlobWriter
    private var size: Int64 = 0

    init(_ writer: OCILayout.BlobWriter) { self.writer = writer }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        try writer.write(bytes)
        size += Int64(bytes.count)
    }

    func finish() -> Int64 { size }
}

/// Hashes a layer's tar on its way.
private final class LayerSink: ByteSink, @unchecked Sendable {
    private let next: any ByteSink
    let blob: BlobSink
    private var hasher = SHA256Hasher()
    private(set) var diffID = SHA256Digest.zero

    init(_ next: any ByteSink, _ blob: BlobSink) {
        self.next = next
        self.blob = blob
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        hasher.update(bytes)
        try next.write(bytes)
    }

    func finish() throws -> Int64 {
        diffID = hasher.finish()
        return try next.finish()
    }
}
