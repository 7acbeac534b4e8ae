import CondaModel
import Support

/// A conda package that has to be built from its source (docs/spec/lock.md#sources).
public struct LockedSource: Sendable, Equatable {
    public var name: CondaName
    /// The directory of the source; a relative one counts from the directory of the lock file.
    public var location: PackageLocation
    /// Version 7: the text in brackets behind the name. pixi makes it; it is not interpreted here.
    var hash: String?
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
