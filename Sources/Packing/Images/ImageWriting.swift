import Archive
import CondaModel
import Fetch
import Image
import Install
import OCI
import Support

/// Writes one image, which appears when it is complete.
struct ImageWriting {
    private let options: ImageOptions
    private let environment: ImagedEnvironment
    private let threads: Int
    private let network: FetchSettings
    private let reporter: any Reporter

    typealias Companions = (ActivationSources) throws -> [Installer.Companion]

    init(
        _ options: ImageOptions, of environment: ImagedEnvironment, threads: Int, network: FetchSettings,
        reporter: any Reporter
    ) {
        self.options = options
        self.environment = environment
        self.threads = threads
        self.network = network
        self.reporter = reporter
    }

    /// - Parameter install: installs into the output, with what lies beside the environment.
    /// - Returns: the digest of a container image.
    func write(_ install: (any ImageOutput, Companions) throws -> Void) throws -> SHA256Digest? {
        let date = environment.date
        let scripts: Companions = { try environment.scripts($0, in: "/") }
        switch options.target {
        case .standardOutput:
            let output = File(descriptor: try Sys.duplicate(1), path: "standard output")
            try install(TarFileImage(to: output, nil, date: date, threads: threads), scripts)
        case .tar(let path, let compression):
            let pending = try PendingFile(target: path)
            try install(TarFileImage(to: pending.file, compression, date: date, threads: threads), scripts)
            try pending.commit()
        case .squashFS(let path):
            let pending = try PendingFile(target: path)
            try install(SquashFSImage(at: pending.temporary, date: date, threads: threads), scripts)
            try pending.commit()
        case .squashFSPart(let path, let offset):
            try install(SquashFSImage(at: path, offset: offset, date: date, threads: threads), scripts)
        case .container(let reference):
            return try writeContainer(reference, install)
        }
        return nil
    }

    private func writeContainer(
        _ reference: OCIReference, _ install: (any ImageOutput, Companions) throws -> Void
    ) throws -> SHA256Digest {
        guard let machine = OCIPlatform(running: environment.platform) else {
            throw Failure(
                "containers are for Linux, the pack is for '\(environment.platform.rawValue)'",
                remedy: "Pack the environment for linux-64 or linux-aarch64.", kind: .hostCheck)
        }
        let base = try options.base.map { reference in
            try BaseImage(
                source(of: reference), tag: reference.tag, digest: reference.digest, for: machine)
        }
        switch reference.place {
        case .layout(let folder):
            let layout = try OCILayout.create(folder)
            try base?.bring(base?.layers ?? [], to: layout)
            let manifest = try makeContainer(in: layout, machine, base, install)
            try layout.tag(manifest, as: reference.tag)
            return manifest.digest
        case .registry(let repository):
            let client = try RegistryClient.pushing(to: repository, settings: network, reporter: reporter)
            let scratch = try ScratchDirectory(in: ProcessEnvironment.current.largeTemporaryFolder)
            defer { withExtendedLifetime(scratch) {} }
            let layout = try OCILayout.create(scratch.path.appending(path: "layout"))
            let manifest = try makeContainer(in: layout, machine, base, install)
            let push = RegistryPush(
                layout, to: client, mountable: [options.base].compactMap { $0 }, network, reporter: reporter)
            do {
                try push.push(manifest, [], signature: nil, tag: reference.tag ?? "latest") { layers in
                    try base?.bring(layers, to: layout)
                }
            } catch let refusal as ManifestRefusal {
                throw refusal.failure
            }
            return manifest.digest
        }
    }

    private func makeContainer(
        in layout: OCILayout, _ machine: OCIPlatform, _ base: BaseImage?,
        _ install: (any ImageOutput, Companions) throws -> Void
    ) throws -> OCIDescriptor {
        let prefix = environment.prefix.path
        let root = try RelativePath(ByteString(prefix.bytes.dropFirst()))
        let image = ContainerImage(
            in: layout, root: root, options.layers, date: environment.date,
            isDateNamed: SBOMFile.sourceDateEpoch != nil, above: base?.layers.count ?? 0)
        var variables: [(name: String, value: String)] = []
        try install(image) { sources in
            variables = environment.variables(sources, reporter)
            return try environment.scripts(sources, in: prefix.parentPath)
        }
        return try image.finish(for: machine, base: base, settings: options.container, variables: variables)
    }

    private func source(of reference: OCIReference) throws -> any ImageSource {
        switch reference.place {
        case .layout(let folder): try OCILayout.open(folder)
        case .registry(let repository):
            RegistryImages(
                reference.description,
                try RegistryClient.pulling(
                    reference.version, from: repository, settings: network, reporter: reporter),
                repository, network, reporter)
        }
    }
}
