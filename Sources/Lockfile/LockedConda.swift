import CondaModel
import Support

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
