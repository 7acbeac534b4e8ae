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
    private let prefix: FinalPrefix
    private let platform: Platform
    private let date: Int64
    private let activation: ActivationFiles
    private let threads: Int
    private let network: FetchSettings
    private let reporter: any Reporter

    typealias Companions = (ActivationSources) throws -> [Installer.Companion]

    init(
        _ options: ImageOptions, prefix: FinalPrefix, platform: Platform, date: Int64, activation: ActivationFiles,
        threads: Int, network: FetchSettings, reporter: any Reporter
    ) {
        self.options = options
        self.prefix = prefix
        self.platform = platform
        self.date = date
        self.activation = activation
        self.threads = threads
        self.network = network
        self.reporter = reporter
    }

    /// - Parameter install: installs into the output, with what lies beside the environment.
    /// - Returns: the digest of a container image.
    func write(_ install: (any ImageOutput, Companions) throws -> Void) throws -> SHA256Digest? {
        switch options.target {
        case .standardOutput:
            let output = File(descriptor: try Sys.duplicate(1), path: "standard output")
            try install(TarFileImage(to: output, nil, date: date, threads: threads)) { try files($0, in: "/") }
        case .tar(let path, let compression):
            let pending = try PendingFile(target: path)
            try install(TarFileImage(to: pending.file, compression, date: date, threads: threads)) {
                try files($0, in: "/")
            }
            try pending.commit()
        case .squashFS(let path):
            let pending = try PendingFile(target: path)
            try install(SquashFSImage(at: pending.temporary, date: date, threads: threads)) {
                try files($0, in: "/")
            }
            try pending.commit()
        case .squashFSPart(let path, let offset):
            try install(SquashFSImage(at: path, offset: offset, date: date, threads: threads)) {
                try files($0, in: "/")
            }
        case .container(let reference):
            return try writeContainer(reference, install)
        }
        return nil
    }

    private func writeContainer(
        _ reference: OCIReference, _ install: (any ImageOutput, Companions) throws -> Void
    ) throws -> SHA256Digest {
        guard let machine = OCIPlatform(running: platform) else {
            throw Failure(
                "containers are for Linux, the pack is for '\(platform.rawValue)'",
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
        case .registry(let host, let repository):
            let client = try RegistryClient.pushing(to: host, repository, settings: network, reporter: reporter)
            let scratch = try ScratchDirectory(in: ProcessEnvironment.current.largeTemporaryFolder)
            defer { withExtendedLifetime(scratch) {} }
            let layout = try OCILayout.create(scratch.path.appending(path: "layout"))
            let manifest = try makeContainer(in: layout, machine, base, install)
            let push = RegistryPush(
                layout, to: client, host: host, repository: repository, mountable: [options.base].compactMap { $0 },
                network, reporter: reporter)
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
        let root = try RelativePath(ByteString(prefix.path.bytes.dropFirst()))
        let image = ContainerImage(
            in: layout, root: root, options.layers, date: date,
            isDateNamed: SBOMFile.sourceDateEpoch != nil, above: base?.layers.count ?? 0)
        var variables: [(name: String, value: String)] = []
        try install(image) { sources in
            variables = ContainerVariables.all(prefix: prefix, sources, reporter)
            return try files(sources, in: prefix.path.parentPath)
        }
        return try image.finish(for: machine, base: base, settings: options.container, variables: variables)
    }

    private func source(of reference: OCIReference) throws -> any ImageSource {
        switch reference.place {
        case .layout(let folder): try OCILayout.open(folder)
        case .registry(let host, let repository):
            RegistryImages(
                reference.description,
                try RegistryClient.pulling(
                    reference.version, from: host, repository, settings: network, reporter: reporter),
                host, repository, network, reporter)
        }
    }

    /// The activation scripts.
    ///
    /// - Parameter folder: where they are in the image: in a container beside the environment, as on the disk; else in the
    ///   environment, which has nothing beside it.
    private func files(_ sources: ActivationSources, in folder: ByteString) throws -> [Installer.Companion] {
        try activation.scripts(prefix: prefix.path, sources).map { name, bytes in
            let path = folder.appending(path: name)
            return Installer.Companion(path: try RelativePath(ByteString(path.bytes.dropFirst())), bytes: bytes)
        }
    }
}

/// The variables of an activation as a container image has them: without a shell that would expand or compute them.
private enum ContainerVariables {
    static func all(
        prefix: FinalPrefix, _ sources: ActivationSources, _ reporter: any Reporter
    ) -> [(name: String, value: String)] {
        let path = prefix.path.lossyString
        var variables = [("PATH", path + "/bin"), ("CONDA_PREFIX", path), ("CONDA_SHLVL", "1")]
        var left: [String] = []
        for variable in sources.variables {
            if variable.isExpanded {
                left.append(variable.name.lossyString)
            } else {
                variables.append((variable.name.lossyString, variable.value.lossyString))
            }
        }
        let scripts = sources.activationScripts(for: .bash)
        if !scripts.isEmpty || !left.isEmpty {
            let what = scripts.map(\.lossyString) + left
            reporter.warn(
                "the image does not have what only a shell can set: \(what.listed()); start programs by "
                    + "'. \(prefix.path.parentPath.appending(path: "activate.sh"))' where they need it")
        }
        return variables
    }
}
