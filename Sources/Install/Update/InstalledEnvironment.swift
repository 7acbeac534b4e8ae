import CondaModel
import Support

/// An environment that exists already.
public struct InstalledEnvironment: Sendable {
    /// The absolute path.
    public let path: ByteString
    /// The packages that have a record, in the order of the records' names.
    public let packages: [InstalledPackage]
    /// The state we noted; nil if there is none, or it cannot be trusted.
    public let state: EnvironmentState?
    /// Paths that an interrupted update may have changed.
    let unfinished: Set<PrefixPath>
    /// Records that cannot be read.
    let damagedRecords: [PrefixPath]

    /// Reads the records of an environment.
    ///
    /// - Parameter repairing: whether records that cannot be read are treated as missing.
    /// - Returns: nil if there is no environment at the path: nothing, not a directory, or one without `conda-meta`.
    /// - Throws: `Failure` naming the record that cannot be read.
    public init?(at path: ByteString, repairing: Bool = false) throws {
        let folder = path.appending(path: PlanBuilder.metadataFolder)
        let names: [ByteString]
        do throws(SystemError) {
            names = try Sys.list(folder)
        } catch {
            if error.isAbsence { return nil }
            throw Failure(
                "could not read the environment '\(path)'", cause: error,
                remedy: "Replace the environment with --force.")
        }
        guard names.contains(where: { $0 == "history" || $0.hasSuffix(".json") }) else { return nil }
        self.path = path
        var packages: [InstalledPackage] = []
        var damaged: [PrefixPath] = []
        for name in names.filter({ $0.hasSuffix(".json") }).sorted() {
            try Interruption.check()
            let file = folder.appending(path: name)
            let record = try PrefixPath(PlanBuilder.metadataFolder.appending(path: name))
            do {
                packages.append(
                    try InstalledPackage(
                        json: try JSONDocument(try File.open(file).slice().readAll()).root, record: record))
            } catch {
                guard repairing else {
                    throw Failure(
                        "'\(file)' is no record of a package", cause: error,
                        remedy: "Repair the environment with --repair, or replace it with --force.")
                }
                damaged.append(record)
            }
        }
        self.packages = packages
        damagedRecords = damaged
        state = try EnvironmentState.read(path)
        unfinished = try UpdateJournal.read(path, state)
    }

    /// The shortcuts that records know of.
    public var shortcuts: [ByteString] { packages.flatMap(\.shortcuts) }

    /// The Python its packages were installed for.
    var python: PythonInfo? {
        guard let package = packages.python(\.name.lowercased) else { return nil }
        var record = PackageRecord(name: .python, version: package.version, build: package.head.build, subdir: "")
        record.pythonSitePackagesPath = package.head.sitePackages
        return try? PythonInfo(record)
    }
}
