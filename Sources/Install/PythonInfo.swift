import CondaModel
import Support

/// What installers need to know of the environment's Python (docs/spec/install.md#python), by its package record.
public struct PythonInfo: Sendable, Equatable {
    /// The X of `X.Y`.
    public let major: UInt64
    /// The Y of `X.Y`.
    public let minor: UInt64
    let implementation: PythonBuild.Implementation
    /// Where pure and platform modules go, for example `lib/python3.12/site-packages`.
    let sitePackages: PrefixPath
    /// Where scripts go: `bin`.
    let scripts: PrefixPath
    /// The interpreter that scripts name: `bin/python3.12`, for free-threaded builds as well.
    let executable: PrefixPath

    /// - Throws: `Failure` if the first two parts of the version are not plain numbers, or
    ///   `python_site_packages_path` leaves the environment (CEP 17).
    public init(_ record: PackageRecord) throws {
        let subject = "package '\(record.name)-\(record.version)-\(record.build)'"
        guard let version = try CondaVersion(record.version).majorMinor else {
            throw Failure("\(subject) has no version of the form X.Y, so the place of Python modules is not known")
        }
        (major, minor) = (version.major, version.minor)
        scripts = try PrefixPath("bin")
        executable = try PrefixPath(ByteString("bin/python\(version.major).\(version.minor)"))
        let build = PythonBuild(record)
        implementation = build.implementation
        // Lock files of early versions do not give the path.
        let path =
            record.pythonSitePackagesPath
            ?? "lib/python\(version.major).\(version.minor)\(build.isFreeThreaded ? "t" : "")/site-packages"
        sitePackages = try describing("\(subject) has a bad 'python_site_packages_path'") {
            let place = try PrefixPath(ByteString(path))
            try ReservedPaths.refuseFolder(place.relative)
            return place
        }
    }

    /// Folders of packages for any Python, and where what is in them goes (docs/spec/install.md#noarch-paths).
    var mappedFolders: [(folder: ByteString, place: PrefixPath)] {
        [("site-packages/", sitePackages), ("python-scripts/", scripts)]
    }

    /// The version as `X.Y`.
    var version: String { "\(major).\(minor)" }

    /// Whether this is a free-threaded build, told by its site-packages path (`lib/python3.13t/site-packages`).
    public var isFreeThreaded: Bool {
        sitePackages.relative.components.dropLast().last == ByteString("python\(version)t")
    }
}
