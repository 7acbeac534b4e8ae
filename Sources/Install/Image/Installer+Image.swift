import Archive
import CondaModel
import Support

extension Installer {
    /// A file that lies beside the environment in an image.
    public struct Companion: Sendable {
        /// Relative to the root of the image.
        let path: RelativePath
        let bytes: [UInt8]

        public init(path: RelativePath, bytes: [UInt8]) {
            self.path = path
            self.bytes = bytes
        }
    }

    /// Installs into an image: everything is written once and in order, and nothing else is written to the disk.
    ///
    /// The result depends on the plan and the options only: not on the umask, owners, times or how many workers there
    /// are.
    ///
    /// - Parameters:
    ///   - changes: what to install, of an environment that is not there yet.
    ///   - byteCode: compiles modules; nil: they are not compiled.
    ///   - companions: makes what lies beside the environment, from what the packages contribute to its activation.
    /// - Throws: `Failure` naming the package that failed.
    public func install(
        into output: any ImageOutput, _ changes: EnvironmentChanges, compiling byteCode: ImageByteCode? = nil,
        companions: (ActivationSources) throws -> [Companion]
    ) throws {
        let steps = sorted(steps(changes, context()))
        let image = EnvironmentImage(
            output, steps: steps.map { ImageItem(name: $0.name, size: $0.size, time: $0.time) }, workers: pool.width,
            byteCode: byteCode)
        do {
            try run(
                image.order.map { Placed(step: steps[$0.step], part: $0.part, turn: $0.turn) }
            ) { ImageSession(image) }
            let session = ImageSession(image)
            session.begin(part: image.own.part, turn: image.own.turn)
            for folder in emptyFolders(changes) { try session.makeDirectory(folder) }
            try byteCode?.compile(jobs: pool.width, reporter: reporter) { path, bytes in
                try bytes.withUnsafeBytes { try session.write(compiled: path, $0) }
            }
            if !hasCacheTag(changes) { try write(Array(Self.cacheTag.utf8), to: "CACHEDIR.TAG", session) }
            var state = changes.state
            if let identity = options.identity { (state.contents, state.signature) = identity }
            var history = EnvironmentHistory.empty
            note(changes, in: &history)
            try write(state.rendered(history), to: EnvironmentState.path, session)
            for companion in try companions(try image.activationSources()) {
                try session.write(beside: companion.path, companion.bytes, mode: 0o644)
            }
            try session.end()
        } catch {
            image.fail(error)
            throw error
        }
    }

    /// Folders that no file brings along.
    private func emptyFolders(_ changes: EnvironmentChanges) -> [PrefixPath] {
        var filled: Set<PrefixPath> = []
        for file in changes.files {
            var parent = file.parent
            while let folder = parent, filled.insert(folder).inserted { parent = folder.parent }
        }
        return changes.folders.subtracting(filled).sorted()
    }
}
