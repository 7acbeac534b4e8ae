import CondaModel
import Support

/// A package of an environment, as the lock file knows it.
public enum LockedPackage: Sendable, Equatable {
    case conda(LockedConda)
    case condaSource(LockedSource)
    case pypi(LockedPyPI)

    /// The name of the package, of a Python package in normal form.
    public var name: String {
        switch self {
        case .conda(let package): package.record.name
        case .condaSource(let package): package.name
        case .pypi(let package): package.name.text
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
    /// As it goes to repodata.json: missing fields derived (docs/spec/lock.md#derived), the timestamp in milliseconds.
    public var record: PackageRecord
    /// Relative paths are relative to the directory of the lock file.
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
    public var name: String
    /// The directory of the source; relative ones are relative to the directory of the lock file.
    public var location: PackageLocation
    /// Version 7: the opaque text in brackets behind the name.
    public var hash: String?
    public var version: String?
    public var build: String?
    public var subdir: String?
    public var depends: [String] = []
    var constrains: [String] = []
    /// What the archive at `location` must be, and the folder of the manifest in it, if the source is an archive.
    public var sha256: SHA256Digest?
    public var subdirectory: String?
}

/// A Python package.
public struct LockedPyPI: Sendable, Equatable {
    public var name: PyPIName
    /// In normal form (PEP 440); nil if the lock file has none.
    public var version: String?
    /// The version as environment.yml shows it: `<unknown>` for sources (docs/spec/lock.md#wheels).
    public var displayVersion: String
    /// Relative paths are relative to the directory of the lock file.
    public var location: PackageLocation
    public var sha256: SHA256Digest?
    public var md5: MD5Digest?
    /// The requirements (PEP 508), as written.
    public var requiresDist: [String] = []
    public var requiresPython: String?
    /// The index it comes from, as written (version 7).
    public var index: String?
    public var isEditable = false

    public init(name: PyPIName, version: String?, displayVersion: String, location: PackageLocation) {
        self.name = name
        self.version = version
        self.displayVersion = displayVersion
        self.location = location
    }

    /// Whether it can be packed: the location ends in `whl` (docs/spec/lock.md#wheels).
    public var isWheel: Bool { location.lastSegment?.hasSuffix("whl") ?? false }
}
