import Archive
import CondaModel
import Fetch
import Lockfile
import Support

/// Builds the conda source packages of an environment with pixi (docs/spec/lock.md#source-packages).
///
/// Current pixi publishes a package on its own (`--path`) only if it needs no other source package to run. Those that do
/// are published with all packages of their workspace that have `publish = true`, if they have it; else made by `pixi
/// build`, which asks neither.
public struct SourcePackageBuilder: Sendable {
    /// The directory of the manifest, which relative paths start from.
    let baseDirectory: ByteString
    public let platform: Platform
    /// Shows pixi's output as it comes.
    var isVerbose = false
    /// `PATH`, where pixi and git are looked for.
    public var searchPath = environmentValue("PATH")
    /// Brings source archives.
    public var fetcher: Fetcher?
    public let reporter: any Reporter

    public init(baseDirectory: ByteString, platform: Platform, reporter: any Reporter) {
        self.baseDirectory = baseDirectory
        self.platform = platform
        self.reporter = reporter
    }

    /// Builds one package and reads it like an injected one.
    ///
    /// - Parameter needsOthers: it needs other source packages of the environment to run.
    /// - Throws: `Failure` naming the package's source.
    public func build(
        _ source: LockedSource, needsOthers: Bool = false
    ) throws -> (package: InjectedPackage, note: BuildNote) {
        let scratch = try ScratchDirectory()
        defer { withExtendedLifetime(scratch) {} }
        let directory = try sourceDirectory(source, scratch)
        let manifest = try SourcePackageBuilder.manifest(in: directory)
        reporter.note("🛠️ Building \(source.name) from \(source.location.redacted)")
        let target = scratch.path.appending(path: "built")
        try Sys.mkdir(target)
        let command = try describing(
            "Failed to publish package in \(directory)",
            remedy: needsOthers
                ? "Set publish = true in [package] of it and of the source packages it needs, or build the package "
                    + "elsewhere and give it with --inject FILE.conda."
                : "Build the package elsewhere and give it with --inject FILE.conda."
        ) {
            let pixi = try tool("pixi", remedy: SourcePackageBuilder.pixiRemedy)
            func run(withOthers needsOthers: Bool) throws -> String {
                // Without `--path` pixi looks for the workspace from its current folder.
                try pixi.run(
                    SourcePackageBuilder.arguments(
                        manifest: manifest, target: target, platform: platform, needsOthers: needsOthers),
                    directory: manifest.parentPath,
                    names: [(scratch.path, "TMP"), (manifest.parentPath, "SOURCE")])
            }
            return try BuildTool.phase(of: source.name.text, isVerbose: isVerbose, reporter) {
                if needsOthers { return try run(withOthers: true) }
                do {
                    return try run(withOthers: false)
                } catch {
                    // The lock file need not say what a package needs; pixi finds it out before it builds.
                    guard "\(error)".contains(text: "source run dependencies") else { throw error }
                    return try run(withOthers: true)
                }
            }
        }
        let package = try describing(
            "Failed to use the package built in \(directory)",
            remedy: "Build the package elsewhere and give it with --inject FILE.conda."
        ) {
            let path = try result(in: target, of: source)
            let package = try InjectedPackage.read(path, scratch: DecoderScratch())
            try check(package.record, against: source)
            return package
        }
        return (
            package,
            BuildNote(
                name: source.name.text, source: source.location.redacted, command: command, fileName: package.fileName,
                sha256: package.record.sha256?.hex ?? "")
        )
    }

    /// How pixi is asked; it builds on this machine for the pack's platform.
    private static func arguments(
        manifest: ByteString, target: ByteString, platform: Platform, needsOthers: Bool
    ) -> [ByteString] {
        let platform: [ByteString] = ["--target-platform", ByteString(platform.rawValue)]
        if !needsOthers { return ["publish", "--target-dir", target] + platform + ["--path", manifest] }
        if isPublished(manifest) { return ["publish", "--target-dir", target] + platform }
        return ["build", "--output-dir", target] + platform + ["--path", manifest]
    }

    /// Whether the manifest has `publish = true` in its `[package]`.
    private static func isPublished(_ manifest: ByteString) -> Bool {
        guard manifest.hasSuffix(".toml"),
            let text = try? File.open(manifest).slice().readAll(limit: 16 << 20),
            let root = try? TOMLDocument.parse(text).root
        else { return false }
        let isPython = manifest.lastPathComponent == "pyproject.toml"
        let pixi = isPython ? root.present("tool")?.present("pixi") : root
        return pixi?.present("package")?.present("publish")?.bool ?? false
    }

    private static let pixiRemedy: Message =
        "Install pixi (https://pixi.sh) where you pack, or build the package elsewhere and give it with --inject FILE.conda."

    private func tool(_ name: String, remedy: Message) throws -> BuildTool {
        guard let program = ExternalProgram.find(ByteString(name), searchPath: searchPath) else {
            throw Failure(
                "the program '\(name)' is not in PATH: No such file or directory (os error 2)", remedy: remedy)
        }
        return BuildTool(program: program, name: name, isVerbose: isVerbose)
    }

    private func sourceDirectory(_ source: LockedSource, _ scratch: ScratchDirectory) throws -> ByteString {
        switch source.location {
        case .path(let path):
            let path = baseDirectory.appending(path: path)
            return SourceArchive.isArchive(path) ? try unpacked(path, of: source, scratch) : path
        case .url(let url):
            guard let git = GitSource(url) else {
                if let fetcher, SourceArchive.isArchive(ByteString(url.lastSegment ?? "")) {
                    return try archive(source, url, scratch, fetcher)
                }
                throw Failure(
                    "Unexpected URL for local package source: \(url.redacted)",
                    remedy: "Build the package elsewhere and give it with --inject FILE.conda.")
            }
            return try describing(
                "Failed to fetch the source of package \(source.name)",
                remedy: "Build the package elsewhere and give it with --inject FILE.conda."
            ) {
                let remedy: Message =
                    "Install git, or build the package elsewhere and give it with --inject FILE.conda."
                return try git.checkOut(
                    into: scratch.path.appending(path: "source"), git: tool("git", remedy: remedy))
            }
        }
    }

    private func archive(
        _ source: LockedSource, _ url: WebURL, _ scratch: ScratchDirectory, _ fetcher: Fetcher
    ) throws -> ByteString {
        try describing("Failed to fetch the source of package \(source.name)") {
            try unpacked(
                SourceArchive.fetch(
                    url, of: source.name.text, FileDigests(sha256: source.sha256), into: scratch, fetcher),
                of: source,
                scratch)
        }
    }

    /// The folder of the manifest in an archive.
    private func unpacked(
        _ archive: ByteString, of source: LockedSource, _ scratch: ScratchDirectory
    ) throws -> ByteString {
        let remedy: Message = "Install it, or build the package elsewhere and give it with --inject FILE.conda."
        let directory = try SourceArchive.unpack(archive, into: scratch.path.appending(path: "source")) { name in
            try tool(name, remedy: remedy)
        }
        guard let subdirectory = source.subdirectory, !subdirectory.isEmpty, subdirectory != "." else {
            return directory
        }
        return directory.appending(path: try RelativePath(ByteString(subdirectory)).bytes)
    }

    /// What pixi builds packages of, the first there is; the original knows pixi.toml only.
    private static let manifestNames: [ByteString] = [
        "pixi.toml", "pyproject.toml", "mojoproject.toml", "recipe.yaml", "recipe.yml", "package.xml",
    ]

    /// The manifest in a directory, which may also be the manifest itself. Absolute, links resolved.
    private static func manifest(in directory: ByteString) throws -> ByteString {
        if manifestNames.contains(directory.lastPathComponent) || directory.hasSuffix(".toml"),
            let status = try? Sys.stat(directory), status.st_mode & 0o170000 == 0o100000
        {
            return try Sys.realPath(directory)
        }
        let paths = manifestNames.map { directory.appending(path: $0) }
        return try describing(
            "Cannot find manifest file \(paths[0])", remedy: "Restore the folder of the package, or lock again."
        ) {
            for path in paths where try Sys.exists(path) { return try Sys.realPath(path) }
            return try Sys.realPath(paths[0])
        }
    }

    /// The package among what the build left: a `.conda` of the right name, of several (variants, other packages of the
    /// workspace) the one of the locked build.
    private func result(in directory: ByteString, of source: LockedSource) throws -> ByteString {
        let name = source.name.text
        let names = try Sys.list(directory).sorted()
        guard let first = names.first else { throw Failure("Build directory is empty") }
        let fitting = names.filter { file in
            ArchiveName(file.lossyString).map { $0.kind == .conda && $0.name.utf8.elementsEqual(name.utf8) } ?? false
        }
        let locked = fitting.first { file in
            guard let build = source.build, let found = ArchiveName(file.lossyString) else { return false }
            return found.build.utf8.elementsEqual(build.utf8)
        }
        if let file = locked ?? fitting.first { return directory.appending(path: file) }
        let path = directory.appending(path: first)
        guard first.hasSuffix(".conda") else {
            throw Failure("Expected built package to be a .conda file, got: \(path)")
        }
        throw Failure("Expected built package to start with \(name), got: \(path)")
    }

    /// What the build made must be what the lock file says.
    private func check(_ record: PackageRecord, against source: LockedSource) throws {
        func mismatch(_ field: String, _ expected: String, _ found: String) -> Failure {
            Failure(
                "the built package \(record.name) has the \(field) '\(found)', the lock file says '\(expected)'",
                remedy: "Update the lock file (pixi lock), or check the package's manifest.")
        }
        guard record.name == source.name else {
            throw mismatch("name", source.name.text, record.name.text)
        }
        if let version = source.version, try CondaVersion(version) != CondaVersion(record.version) {
            throw mismatch("version", version, record.version)
        }
        let subdirs = source.subdir.map { [$0] } ?? [platform.rawValue, "noarch"]
        guard subdirs.contains(where: { $0.utf8.elementsEqual(record.subdir.utf8) }) else {
            throw mismatch("subdir", subdirs.joined(separator: "' or '"), record.subdir)
        }
    }
}
