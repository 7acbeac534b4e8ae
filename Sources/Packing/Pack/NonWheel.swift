import CondaModel
import Fetch
import Lockfile
import Support

/// Python packages of a lock file that are no wheels: sdists, git repositories, directories (docs/spec/lock.md#wheels).
enum NonWheel {
    /// The original's error, for all of them at once, with where they come from and what can be done.
    static func refusal(_ packages: [LockedPyPI]) -> Failure {
        let names = packages.map(\.name.text)
        let remedy: Message =
            "Build wheels while packing with --build-wheels, or give built ones with --inject FILE.whl, or leave "
            + "these packages out with --ignore-pypi-non-wheel."
        let requirement = "we currently require all dependencies to be wheels."
        let subject: Message =
            names.count == 1
            ? "package \(names[0]) is not a wheel file"
            : "packages \(names.listed()) are not wheel files"
        let sources = packages.map { "\n  \($0.name): \(source($0))" as Message }.joined()
        return Failure("\(subject), \(requirement)\(sources)", remedy: remedy)
    }

    /// What it is and where, without secrets: `git repository https://host/repo`.
    static func source(_ package: LockedPyPI) -> String {
        let location = package.location.redacted
        switch package.location {
        case .url(let url): return (url.scheme.hasPrefix("git+") ? "git repository " : "source archive ") + location
        case .path:
            if isArchive(package.location) { return "source archive \(location)" }
            return (package.isEditable ? "editable directory " : "directory ") + location
        }
    }

    private static func isArchive(_ location: PackageLocation) -> Bool {
        location.lastSegment.map(SourceArchive.isArchive) ?? false
    }

    /// Where a build finds the source; an archive on the network is fetched into `scratch` and verified.
    static func place(
        of package: LockedPyPI, baseDirectory: ByteString, scratch: ScratchDirectory, _ fetcher: Fetcher
    ) throws -> WheelMaker.Source.Place {
        switch package.location {
        case .path(let path):
            // A bare name could be taken for a package of an index.
            let path = baseDirectory.appending(path: path)
            return .path((try? Sys.realPath(path)) ?? path)
        case .url(let url) where url.scheme.hasPrefix("git+"): return .git(url)
        case .url(let url):
            let archive = try SourceArchive.fetch(
                url, of: package.name.text, package.digests, into: scratch, fetcher)
            guard let subdirectory = url.fragment.flatMap(subdirectory) else { return .path(archive) }
            let root = try SourceArchive.unpack(archive, into: scratch.path.appending(path: "source")) { name in
                guard let program = ExternalProgram.find(ByteString(name)) else {
                    throw Failure("the program '\(name)' is not in PATH", remedy: "Install it where you pack.")
                }
                return BuildTool(program: program, name: name, isVerbose: false)
            }
            return .path(root.appending(path: try RelativePath(subdirectory).bytes))
        }
    }

    /// The folder of the project in an archive: `subdirectory=x` of a URL's fragment (PEP 610).
    private static func subdirectory(_ fragment: String) -> ByteString? {
        for field in fragment.split(separator: "&") where field.hasPrefix("subdirectory=") {
            let path = ByteString(PercentEncoding.decode(field.dropFirst("subdirectory=".count).utf8))
            return path.isEmpty || path == "." ? nil : path
        }
        return nil
    }
}
