import CondaModel
import Support

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
    var index: String?
    /// Whether it is installed in place from a folder (PEP 660).
    public var isEditable = false

    public init(name: PyPIName, version: String?, displayVersion: String, location: PackageLocation) {
        self.name = name
        self.version = version
        self.displayVersion = displayVersion
        self.location = location
    }

    public var digests: FileDigests { FileDigests(sha256: sha256, md5: md5) }

    /// Whether it can be packed: the location ends in `whl`, as in the original (docs/spec/lock.md#wheels).
    public var isWheel: Bool { location.lastSegment?.hasSuffix("whl") ?? false }
}
