import CondaModel
import Support

/// A package of an environment, by the lock file.
public enum LockedPackage: Sendable, Equatable {
    case conda(LockedConda)
    case condaSource(LockedSource)
    case pypi(LockedPyPI)

    /// The name of the package.
    public var name: PackageName {
        switch self {
        case .conda(let package): .conda(package.record.name)
        case .condaSource(let package): .conda(package.name)
        case .pypi(let package): .pypi(package.name)
        }
    }

    /// Where it comes from.
    public var location: PackageLocation {
        switch self {
        case .conda(let package): package.location
        case .condaSource(let package): package.location
        case .pypi(let package): package.location
        }
    }
}

/// A built conda package.
public struct LockedConda: Sendable, Equatable {
    /// As it is written to repodata.json: missing fields are derived (docs/spec/lock.md#derived), the timestamp is in
    /// milliseconds.
    public var record: PackageRecord
    /// A relative path counts from the directory of the lock file.
    public var location: PackageLocation
    /// The name of its file in a channel.
    public var fileName: String

    public init(record: PackageRecord, location: PackageLocation, fileName: String) {
        self.record = record
        self.location = location
        self.fileName = fileName
    }
}

/// A conda package that has to be built from its source (docs/spec/lock.md#sources).
public struct LockedSource: Sendable, Equatable {
    public var name: CondaName
    /// The directory of the source; a relative one counts from the directory of the lock file.
    public var location: PackageLocation
    /// Version 7: the text in brackets behind the name. pixi makes it; it is not interpreted here.
    public var hash: String?
    public var version: String?
    /// The build string, if the lock file gives it.
    public var build: String?
    public var subdir: String?
    /// Match specs of the packages it needs (`MatchSpec`).
    public var depends: [String] = []
    var constrains: [String] = []
    /// If the source is an archive, its hash, and the folder in it that has the manifest.
    public var sha256: SHA256Digest?
    public var subdirectory: String?
}

/// A Python package.
public struct LockedPyPI: Sendable, Equatable {
    public var name: PyPIName
    /// In normal form (PEP 440); nil if the lock file does not give it.
    public var version: String?
    /// The version as shown in environment.yml: `<unknown>` for sources (docs/spec/lock.md#wheels).
    public var displayVersion: String
    /// A relative path counts from the directory of the lock file.
    public var location: PackageLocation
    public var sha256: SHA256Digest?
    public var md5: MD5Digest?
    /// The requirements (PEP 508), as written.
    public var requiresDist: [String] = []
    /// Which versions of Python will do, as written (PEP 440); nil if every one does.
    public var requiresPython: String?
    /// The index it comes from, as written (version 7).
    public var index: String?
    /// Whether it is installed in place from a folder (PEP 660).
    public var isEditable = false

    public init(name: PyPIName, version: String?, displayVersion: String, location: PackageLocation) {
        self.name = name
        self.version = version
        self.displayVersion = displayVersion
        self.location = location
    }

    /// Whether it can be packed: the location ends in `whl`, as in the original (docs/spec/lock.md#wheels).
    public var isWheel: Bool { location.lastSegment?.hasSuffix("whl") ?? false }
}
