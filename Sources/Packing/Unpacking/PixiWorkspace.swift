import Archive
import CondaModel
import Install
import Support

/// A workspace of pixi that is made of a pack which carries one: its own files, and the marks by which pixi tells that
/// its environment is that of the lock file. Then `pixi run` and `pixi shell` start without looking for packages.
struct PixiWorkspace: Sendable {
    /// The absolute path of the workspace's folder.
    let folder: ByteString
    /// What the environment is called.
    let environment: String
    private let platform: Platform
    private let carried: PackContents.Carried
    /// Whether the environment is as the lock file has it.
    private let isComplete: Bool

    /// The folder of pixi's environments in a workspace's folder.
    static let environments: ByteString = ".pixi/envs"
    /// By this name pixi knows the wheels that it looks after.
    static let wheelInstaller = "uv-pixi"
    /// Whose rules these are. pixi only keeps it.
    private static let pixiVersion = "0.77.0"
    private static let largestFile: Int64 = 256 << 20

    /// - Throws: `Failure` if the pack carries no workspace.
    init(at path: ByteString, _ manifest: PackManifest, of pack: ByteString) throws {
        guard let contents = manifest.contents, let carried = contents.carried else {
            throw Failure(
                "'\(pack)' carries no workspace", remedy: "Pack it again with --carry-workspace, or use -o instead.")
        }
        folder = try PathResolution.resolve(
            AbsolutePath.make(path, current: try Unpacker.currentDirectory(for: [path])))
        guard folder.string != nil else {
            throw Failure(
                "the path of the workspace '\(folder)' is not valid UTF-8", remedy: "Choose another place for it.")
        }
        guard CarriedWorkspace.manifestNames.contains(ByteString(carried.manifest)) else {
            throw Failure("'\(carried.manifest)' in the pack is no manifest of pixi", remedy: .getPackAgain)
        }
        environment = contents.environment
        platform = manifest.platform
        self.carried = carried
        isComplete = contents.leftOut.isEmpty
    }

    /// What is to be written: what is there already and differs comes from an earlier unpacking, or is refused.
    ///
    /// - Parameters:
    ///   - prefix: the absolute path of the environment.
    ///   - records: the packages of it.
    ///   - force: replaces whatever is there.
    /// - Throws: `Failure` naming the file of somebody else that is in the way.
    func files(
        of pack: PackReader, prefix: ByteString, records: [PackageRecord], force: Bool
    ) throws -> [ActivationFiles.Text] {
        let metadata = prefix.appending(path: "conda-meta")
        let mark = metadata.appending(path: "pixi")
        let noted = Self.noted(in: mark)
        var files: [ActivationFiles.Text] = []
        var digests: [(name: String, sha256: String)] = []
        for (name, bytes) in try carriedFiles(of: pack) {
            let path = folder.appending(path: name.bytes)
            let digest = SHA256Hasher.hash(bytes).hex
            digests.append((name.bytes.lossyString, digest))
            let present = try Self.contents(of: path)
            if let present, present != bytes, !force,
                SHA256Hasher.hash(present).hex != noted[name.bytes]
            {
                throw Failure(
                    "'\(path)' is there already, and is not what an earlier unpacking wrote",
                    remedy: "Choose another folder, move the file away, or replace it with --force.")
            }
            if present != bytes { files.append(.init(path: path, bytes: bytes)) }
        }
        let own = folder.appending(path: ".pixi")
        for (name, text) in [
            (".gitignore", "*\n!config.toml\n"), (".condapackageignore", ".pixi\n!.pixi/config.toml\n"),
        ] {
            let path = own.appending(path: ByteString(name))
            if try !Sys.exists(path) { files.append(.init(path: path, bytes: Array(text.utf8))) }
        }
        for (path, bytes) in [
            (mark, self.mark(digests)), (metadata.appending(path: "pixi_env_prefix"), metadata.bytes),
            (metadata.appending(path: ".pixi-environment-fingerprint"), Array(PixiHashes.fingerprint(records).utf8)),
        ] where try Self.contents(of: path) != bytes {
            files.append(.init(path: path, bytes: bytes))
        }
        return files
    }

    /// The workspace's files in the pack.
    ///
    /// - Throws: `Failure` for one that no workspace needs there: a pack must not bring other files into a folder of ours.
    private func carriedFiles(of pack: PackReader) throws -> [(name: RelativePath, bytes: [UInt8])] {
        let start = CarriedWorkspace.folder + "/"
        let found = try pack.members.filter { $0.name.bytes.hasPrefix(start) }.map { member in
            let name = try RelativePath(ByteString(member.name.bytes.bytes.dropFirst(start.count)))
            let isOwn = name.bytes == CarriedWorkspace.lockName || name.bytes == ByteString(carried.manifest)
            let isScript = ActivationPackage.endings.contains { name.bytes.hasSuffix($0) }
            guard isOwn || (isScript && name.components.first != ".pixi") else {
                throw Failure("'\(member.name)' in the pack is no file of a workspace", remedy: .getPackAgain)
            }
            return (name: name, bytes: try member.open().readAll(limit: Self.largestFile))
        }.sorted { $0.name < $1.name }
        for wanted in [CarriedWorkspace.lockName, ByteString(carried.manifest)]
        where !found.contains(where: { $0.name.bytes == wanted }) {
            throw Failure(
                "the pack has no '\(start + wanted)', although it says that it carries the workspace",
                remedy: .getPackAgain)
        }
        return found
    }

    /// The file `conda-meta/pixi`. What pixi does not know in it, it drops when it writes the file itself: the
    /// workspace's files are then its own.
    private func mark(_ digests: [(name: String, sha256: String)]) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("manifest_path", folder.appending(path: ByteString(carried.manifest)).lossyString)
            writer.member("environment_name", environment)
            writer.member("pixi_version", Self.pixiVersion)
            // pixi writes this for an environment that it has to complete.
            writer.member("environment_lock_file_hash", isComplete ? carried.hash : "invalid-hash")
            writer.key("resolved_platform")
            writer.object { writer in
                writer.member("subdir", platform.rawValue)
                writer.member("virtual_packages", carried.virtualPackages)
            }
            writer.key("pixi_pack_files")
            writer.object { writer in for digest in digests { writer.member(digest.name, digest.sha256) } }
        }
        return writer.bytes
    }

    /// The hashes of the files an earlier unpacking wrote.
    private static func noted(in mark: ByteString) -> [ByteString: String] {
        guard let bytes = try? contents(of: mark), let root = try? JSONDocument(bytes).root,
            let files = root["pixi_pack_files"]?.members
        else { return [:] }
        var noted: [ByteString: String] = [:]
        for file in files { noted[file.name] = file.value.string }
        return noted
    }

    /// The bytes of a regular file; nil if nothing is there.
    private static func contents(of path: ByteString) throws -> [UInt8]? {
        guard try Sys.exists(path) else { return nil }
        return try describing("could not read '\(path)'", remedy: "Choose another folder for the workspace.") {
            try File.open(path).slice().readAll(limit: largestFile)
        }
    }
}
