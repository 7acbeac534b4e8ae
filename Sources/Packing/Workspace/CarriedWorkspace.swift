import Archive
import CondaModel
import Lockfile
import Support

/// What of a workspace a pack carries, so that pixi can go on with it: the manifest, the lock file, and the scripts that
/// `[activation]` names for the environment (docs/format.md).
struct CarriedWorkspace: Sendable {
    /// What the pack says of it.
    let description: PackContents.Carried
    /// In the folder `CarriedWorkspace.folder`.
    let files: [(path: RelativePath, bytes: [UInt8])]

    /// Where the files lie in a pack.
    static let folder: ByteString = "workspace"
    static let lockName: ByteString = "pixi.lock"
    static let manifestNames: [ByteString] = ["pixi.toml", "pyproject.toml", "mojoproject.toml"]

    /// Reads the files.
    ///
    /// - Throws: `Failure` if the environment is of no pixi workspace, or the lock file was changed meanwhile.
    init(_ environment: LockedEnvironment, _ input: PackInput, reporter: any Reporter) throws {
        guard case .lock(let lock) = input.source, let lockPath = lock.path,
            lockPath.lastPathComponent == Self.lockName
        else {
            throw Failure(
                "--carry-workspace: there is no pixi.lock that the pack is made from",
                remedy: "Leave it out, or pack a workspace of pixi.")
        }
        guard let manifest = input.manifest else {
            throw Failure(
                "--carry-workspace: there is no manifest of pixi beside '\(lockPath)'",
                remedy: "Put pixi.toml or pyproject.toml beside the lock file, or leave the option out.")
        }
        let bytes = try describing("could not read '\(lockPath)'", remedy: "Make it readable.") {
            try File.open(lockPath).slice().readAll()
        }
        guard SHA256Hasher.hash(bytes) == environment.lockSHA256 else {
            throw Failure("'\(lockPath)' was changed while it was packed", remedy: "Pack again.")
        }
        var files: [RelativePath: [UInt8]] = [:]
        let name = manifest.path.lastPathComponent
        files[try RelativePath(name)] = manifest.source
        files[try RelativePath(Self.lockName)] = bytes
        let activation = WorkspaceActivation(
            manifest: manifest.root, environment: environment.name, platform: environment.platform.subdir)
        let folder = WorkspaceFolder(manifest.path.parentPath)
        for script in activation.scripts {
            let path = try describing(
                "the activation script '\(script)' of the manifest is not packed",
                remedy: "Keep the file in the workspace's folder, or remove it from the manifest."
            ) { try RelativePath(ByteString(script)) }
            // One that is not there is left out, as pixi does; packing its contents has said so.
            guard let file = try folder.open(path.bytes, as: "activation script", endings: ActivationPackage.endings)
            else { continue }
            files[path] = try file.slice().readAll(limit: 16 << 20)
        }
        self.files = files.map { ($0.key, $0.value) }.sorted { $0.path < $1.path }
        let virtualPackages = PixiPlatform.virtualPackages(of: environment, manifest: manifest.root)
        description = PackContents.Carried(
            manifest: name.lossyString,
            hash: PixiHashes.lock(
                environment.packages, subdir: environment.platform.subdir, virtualPackages: virtualPackages),
            virtualPackages: virtualPackages)
        reporter.note(
            "Packing \(self.files.map(\.path.bytes.lossyString).listed()) of the workspace, too: whoever gets the pack can read "
                + (self.files.count == 1 ? "it." : "them."))
    }

    /// The files as they lie in a pack.
    func entries() throws -> [PackEntry] {
        let folder = try RelativePath(Self.folder)
        return files.map { PackEntry(folder.appending($0.path), .bytes($0.bytes)) }
    }
}
