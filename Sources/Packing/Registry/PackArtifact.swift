import Archive
import CondaModel
import OCI
import Support

/// A pack as an artifact of a registry (docs/format.md): pixi-pack.json is its configuration, every file a layer.
struct PackArtifact {
    static let configType = "application/vnd.pixi-pack.config.v1+json"
    static let artifactType = "application/vnd.pixi-pack.pack.v1"
    static let signatureType = "application/vnd.pixi-pack.signature.v1"
    /// Of an entry of an index: which environment it is, and for which platform.
    static let environmentKey = "io.pixi-pack.environment"
    static let platformKey = "io.pixi-pack.platform"

    private let plan: PlannedPack
    private let request: PackRequest

    init(_ plan: PlannedPack, _ request: PackRequest) {
        self.plan = plan
        self.request = request
    }

    static func mediaType(of path: RelativePath) -> String {
        let name = path.lastComponent
        if name.hasSuffix(".conda") { return "application/vnd.conda.package.v2" }
        if name.hasSuffix(".tar.bz2") { return "application/vnd.conda.package.v1" }
        if name.hasSuffix(".whl") { return "application/zip" }
        if name.hasSuffix(".json") { return "application/json" }
        return name.hasSuffix(".yml") ? "application/yaml" : "application/octet-stream"
    }

    /// Adds the manifest of a pack whose files are in the layout.
    func put(_ layers: [(path: RelativePath, blob: OCIDescriptor)], in layout: OCILayout) throws -> OCIDescriptor {
        let name = try RelativePath(PackManifest.fileName)
        guard var config = layers.first(where: { $0.path == name })?.blob else {
            throw Failure("the pack has no '\(name)'")
        }
        config.mediaType = PackArtifact.configType
        // The index files come first: they say which of the packages are needed.
        func rank(_ path: RelativePath) -> Int {
            path == name ? 0 : PackArtifact.isPackage(path) ? 2 : 1
        }
        let sorted = layers.sorted { (rank($0.path), $0.path) < (rank($1.path), $1.path) }
        var manifest = OCIManifest(
            config: config,
            layers: sorted.map { path, blob in
                var layer = blob
                layer.annotations[OCIAnnotation.title] = path.bytes.lossyString
                return layer
            })
        manifest.artifactType = PackArtifact.artifactType
        manifest.annotations = annotations
        var descriptor = try layout.put(manifest)
        if let part = plan.parts.first {
            descriptor.annotations[PackArtifact.environmentKey] = part.environment.name
            descriptor.annotations[PackArtifact.platformKey] = part.environment.platform.rawValue
            descriptor.platform = PackArtifact.platform(part.environment.platform)
        }
        return descriptor
    }

    /// Whether a file of a pack is a package or wheel.
    static func isPackage(_ path: RelativePath) -> Bool {
        let name = path.lastComponent
        return name.hasSuffix(".conda") || name.hasSuffix(".tar.bz2") || name.hasSuffix(".whl")
    }

    /// A platform in the words of registries; nil for those that run on several.
    private static func platform(_ platform: Platform) -> OCIPlatform? {
        let parts = platform.rawValue.split(separator: "-", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        let systems: [Substring: String] = ["linux": "linux", "osx": "darwin", "win": "windows"]
        let machines: [Substring: String] = [
            "64": "amd64", "32": "386", "aarch64": "arm64", "arm64": "arm64", "ppc64le": "ppc64le", "s390x": "s390x",
            "armv7l": "arm", "riscv64": "riscv64",
        ]
        guard let os = systems[parts[0]], let architecture = machines[parts[1]] else { return nil }
        return OCIPlatform(architecture: architecture, os: os, variant: parts[1] == "armv7l" ? "v7" : nil)
    }

    // MARK: Annotations

    private var annotations: OCIAnnotations {
        var annotations: OCIAnnotations = [:]
        if let seconds = created { annotations[OCIAnnotation.created] = PackArtifact.text(seconds) }
        let records = plan.parts.flatMap(\.plan.conda)
        let licenses = Set(records.compactMap(\.license).filter { !$0.isEmpty })
            .sorted { ByteString($0) < ByteString($1) }
        if !licenses.isEmpty {
            let isAlone = licenses.count == 1
            annotations[OCIAnnotation.licenses] = licenses.map { license in
                !isAlone && license.contains(" ") ? "(\(license))" : license
            }.joined(separator: " AND ")
        }
        // A list or an environment on the disk has no manifest.
        guard request.explicit == nil, request.prefix == nil,
            let manifest = (try? WorkspaceManifest.find(request.manifest)) ?? nil
        else { return annotations }
        annotations[OCIAnnotation.title] = manifest.workspace?.name
        annotations[OCIAnnotation.version] = manifest.workspace?.version
        let tables = [manifest.root.present("workspace"), manifest.root.present("project")].compactMap { $0 }
        annotations[OCIAnnotation.source] = tables.lazy.compactMap { $0.present("repository")?.string }.first
        return annotations
    }

    /// `SOURCE_DATE_EPOCH`, else when the newest of its packages was built: the same for equal packs.
    private var created: Int64? {
        if let date = SBOMFile.sourceDateEpoch, date >= 0 { return date }
        let newest = plan.parts.flatMap(\.plan.conda).compactMap(\.timestamp).max()
        // conda writes milliseconds; very old packages have seconds.
        return newest.flatMap { $0 <= 0 ? nil : $0 > 253_402_300_799 ? $0 / 1000 : $0 }
    }

    /// As RFC 3339 has it.
    private static func text(_ seconds: Int64) -> String {
        let time = CalendarTime(min(max(seconds, 0), 253_402_300_799))
        return "\(time.date)T\(time.time)Z"
    }
}
