import CondaModel
import Support

/// A file that somebody needs: what it is, where it is, and what is known of its contents before it is there.
public struct WantedFile: Sendable {
    /// What a person knows it by: the file name.
    public let name: String
    let kind: FetchKind
    /// Relative paths are resolved against `FetchSettings.baseDirectory`.
    public let location: PackageLocation
    /// The SHA-256 is checked if it is known, else the MD5 if that is.
    public var digests: FileDigests
    /// The size in bytes the lock file claims. A file that is shorter and has the right hash is taken
    /// (docs/spec/network.md#downloads); a server that sends more is cut off.
    public var size: Int64?

    public init(
        _ name: String, kind: FetchKind = .conda, at location: PackageLocation, digests: FileDigests = FileDigests(),
        size: Int64? = nil
    ) {
        self.name = name
        self.kind = kind
        self.location = location
        self.digests = digests
        self.size = size
    }
}
