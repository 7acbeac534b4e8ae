import Archive
import CondaModel
import Support

/// A package of a pack that is being made.
public struct OutlinedPackage: Sendable {
    /// What the pack's index will say of it.
    let record: PackageRecord
    let fileName: String
    let outline: PackageOutline

    public init(record: PackageRecord, fileName: String, outline: PackageOutline) {
        self.record = record
        self.fileName = fileName
        self.outline = outline
    }

    /// The package with its metadata and without its archive, which may be gone by now.
    var source: PackageSource {
        get throws {
            let member = PackMember.absent(
                try RelativePath(ByteString(fileName)), size: Int64(clamping: record.size ?? 0))
            return try PackageSource(record: record, fileName: fileName, member: member, kept: try outline.metadata)
        }
    }
}
