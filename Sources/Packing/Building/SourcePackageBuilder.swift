import Archive
import CondaModel
import Fetch
import Lockfile
import Support

/// Builds the conda source packages of an environment with `pixi publish` (spec lock §6.7).
public struct SourcePackageBuilder: Sendable {
    /// The directory of the manifest, which relative paths start from.
    public let baseDirectory: ByteString
    public let platform: Platform
    /// Shows pixi's output as it comes.
    public var isVerbose = false
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
    /// - Throws: `Failure` naming the package's source.
    public func build(_ source: LockedSource) throws -> (package: InjectedPackage, note: BuildNote) {
        let scratch = try ScratchDirectory()
        defer { withExtendedLifetime(scratch) {} }
        let directory = try sourceDirectory(source, scratch)
        let manifest = try SourcePackageBuilder.manifest(in: directory)
        reporter.note("🛠️ Building \(source.name) from \(source.location.redacted)")
        let target = scratch.path.appending(path: "built")
        try Sys.mkdir(target)
        let arguments: [ByteString] = [
            "publish", "--target-dir", target, "--build-platform", ByteString(platform.rawValue), "--path", manifest,
        ]
        let command = try describing(
            "Failed to publish package in \(directory)",
            remedy: "Build the package elsewhere and give it with --inject FILE.conda."
        ) {
            let pixi = try tool("pixi", remedy: SourcePackageBuilder.pixiRemedy)
            return try BuildTool.phase(of: source.name, isVerbose: isVerbose, reporter) {
                try pixi.run(arguments, names: [(scratch.path, "TMP"), (manifest.parentPath, "SOURCE")])
            }
        }
        let package = try describing(
            "Failed to use the package built in \(directory)",
            remedy: "Build the package elsewhere and give it with --inject FILE.conda."
        ) {
            let path = try result(in: target, name: source.name)
            let package = try InjectedPackage.read(path, scratch: DecoderScratch())
            try check(package.record, against: source)
            return package
        }
        return (
            package,
            BuildNote(
                name: source.name, source: source.location.redacted, command: command, fileName: package.fileName,
                sha256: package.record.sha256?.hex ?? "")
        )
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
                SourceArchive.fetch(url, of: source.name, sha256: source.sha256, into: scratch, fetcher), of: source,
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

    /// `pixi.toml`, else `pyproject.toml`; the directory may also be the manifest itself. Absolute, links resolved.
    private static func manifest(in directory: ByteString) throws -> ByteString {
        if directory.hasSuffix(".toml"), let path = try? Sys.realPath(directory) { return path }
        let manifest = directory.appending(path: "pixi.toml")
        return try describing(
            "Cannot find manifest file \(manifest)", remedy: "Restore the folder of the package, or lock again."
        ) {
            do {
                return try Sys.realPath(manifest)
            } catch {
                // The original knows pixi.toml only; pixi builds packages from both.
                if let other = try? Sys.realPath(directory.appending(path: "pyproject.toml")) { return other }
                throw error
            }
        }
    }

    /// The package among what the build left: a `.conda` of the right name.
    private func result(in directory: ByteString, name: String) throws -> ByteString {
        let names = try Sys.list(directory).sorted()
        guard let first = names.first else { throw Failure("Build directory is empty") }
        let fitting = names.first { file in
            ArchiveName(file.lossyString).map { $0.kind == .conda && $0.name.utf8.elementsEqual(name.utf8) } ?? false
        }
        if let fitting { return directory.appending(path: fitting) }
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
        guard record.name.utf8.elementsEqual(source.name.utf8) else {
            throw mismatch("name", source.name, record.name)
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
