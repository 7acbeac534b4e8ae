import Archive
import CondaModel
import Install
import Support

/// Makes a conda package of a workspace's activation: its variables as `etc/conda/env_vars.d` and its scripts as
/// `etc/conda/activate.d`, where every installer and every shell finds them.
///
/// The same activation gives the same bytes.
public struct ActivationPackage {
    private let activation: WorkspaceActivation
    /// Where the scripts' paths start from.
    private let baseDirectory: ByteString
    private let reporter: any Reporter

    /// The name of the package.
    public static let name: CondaName = "pixi-workspace-activation"

    public init(_ activation: WorkspaceActivation, baseDirectory: ByteString, reporter: any Reporter) {
        self.activation = activation
        self.baseDirectory = baseDirectory
        self.reporter = reporter
    }

    /// Builds the package; a script that is not there is left out with a warning, as pixi does.
    ///
    /// - Throws: `Failure` naming a variable no shell could be told, or a script that is not of the workspace.
    public func make() throws -> InjectedPackage {
        for variable in activation.variables {
            try describing(
                "[activation.env] of the manifest",
                remedy: "Rename the variable: letters, digits and '_' are safe in every shell."
            ) { try ActivationSources.check(variable: ByteString(variable.name), ByteString(variable.value)) }
        }
        var files = try scripts()
        if !activation.variables.isEmpty {
            var writer = JSONWriter()
            writer.object { writer in
                for variable in activation.variables { writer.member(variable.name, variable.value) }
            }
            files.append(
                (try RelativePath(ByteString("etc/conda/env_vars.d/\(ActivationPackage.name).json")), writer.bytes))
        }
        files.sort { $0.path < $1.path }
        var hasher = SHA256Hasher()
        for file in files {
            // Lengths keep apart what could be cut in two ways.
            Array("\(file.path.bytes.count) \(file.bytes.count) ".utf8).withUnsafeBytes { hasher.update($0) }
            (file.path.bytes.bytes + file.bytes).withUnsafeBytes { hasher.update($0) }
        }
        let build = "h\(hasher.finish().hex.prefix(7))_0"
        let entries =
            files.map { PackEntry($0.path, .bytes($0.bytes)) } + [
                PackEntry(try RelativePath("info/index.json"), .bytes(index(build: build))),
                PackEntry(try RelativePath("info/paths.json"), .bytes(paths(files))),
            ]
        let scratch = try ScratchDirectory()
        defer { withExtendedLifetime(scratch) {} }
        let tar = scratch.path.appending(path: "package.tar")
        let writer = try TarPackWriter(entries, at: tar)
        _ = try writer.finish()
        let path = scratch.path.appending(path: ByteString("\(ActivationPackage.name)-1-\(build).tar.bz2"))
        let compressed = try Bzip2.compress(try File.open(tar).slice().readAll())
        let pending = try PendingFile(target: path)
        try compressed.withUnsafeBytes { try Sys.writeAll(pending.file.descriptor, $0) }
        try pending.commit()
        return try InjectedPackage.read(path, scratch: DecoderScratch())
    }

    private func scripts() throws -> [(path: RelativePath, bytes: [UInt8])] {
        var files: [(path: RelativePath, bytes: [UInt8])] = []
        let folder = WorkspaceFolder(baseDirectory)
        for script in activation.scripts {
            let name = ByteString(script)
            guard let file = try folder.open(name, as: "activation script", endings: Self.endings) else {
                reporter.warn(
                    "the activation script '\(baseDirectory.appending(path: name))' of the manifest is not there and is "
                        + "left out")
                continue
            }
            let bytes = try describing(
                "could not read the activation script '\(file.path)'",
                remedy: "Make the script readable, or remove it from the manifest."
            ) { try file.slice().readAll(limit: 16 << 20) }
            // Behind the packages' own scripts, in the order of the manifest.
            let digits = String(files.count)
            let number = String(repeating: "0", count: max(0, 3 - digits.count)) + digits
            let packed = ByteString("zz-pixi-\(number)-") + name.lastPathComponent
            files.append((try RelativePath("etc/conda/activate.d/" + packed), bytes))
            reporter.note("Packing the activation script '\(script)' of the workspace.")
        }
        return files
    }

    /// Scripts of the shells there are; of pixi's own, `.sh` and `.bash`, for Windows `.bat`.
    static let endings: [ByteString] = [
        ".sh", ".bash", ".zsh", ".csh", ".fish", ".xsh", ".nu", ".ps1", ".bat", ".cmd",
    ]

    private func index(build: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("build", build)
            writer.member("build_number", Optional(0))
            writer.member("depends", [String]())
            writer.member("name", ActivationPackage.name.text)
            writer.member("noarch", "generic")
            writer.member("subdir", "noarch")
            writer.member("version", "1")
        }
        return writer.bytes
    }

    private func paths(_ files: [(path: RelativePath, bytes: [UInt8])]) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.objects("paths", files) { writer, file in
                writer.member("_path", file.path.bytes.lossyString)
                writer.member("path_type", "hardlink")
                writer.member("sha256", SHA256Hasher.hash(file.bytes).hex)
                writer.member("size_in_bytes", Optional(file.bytes.count))
            }
            writer.member("paths_version", Optional(1))
        }
        return writer.bytes
    }
}
