import Archive
import CondaModel
import Inventory
import Support

/// A bill of materials to be written beside a pack.
public struct SBOMFile: Sendable, Equatable {
    let format: BillOfMaterials.Format
    /// Nil: the pack's name with another ending, for an environment of a bundle with its name and platform.
    public let path: ByteString?

    public init(format: BillOfMaterials.Format, path: ByteString?) {
        self.format = format
        self.path = path
    }

    /// Where it goes.
    ///
    /// - Parameter environment: what tells an environment of a bundle from the others.
    public func path(besides pack: ByteString, of environment: ByteString? = nil) -> ByteString {
        if let path { return path }
        let rest = (environment.map { "-" + $0 } ?? "") + ByteString(format.fileEnding)
        let endings = [".tar", ".sh", ".ps1", ".cmd", ".bat"] + PackCompression.allCases.flatMap(\.endings)
        for ending: ByteString in endings where pack.hasSuffix(ending) {
            return ByteString(pack.bytes.dropLast(ending.count)) + rest
        }
        return pack + rest
    }

    /// What documents are dated with; nil unless `SOURCE_DATE_EPOCH` is a whole number of seconds.
    public static var sourceDateEpoch: Int64? { environmentValue("SOURCE_DATE_EPOCH")?.string.flatMap { Int64($0) } }

    /// Reads a finished pack and writes documents of it: one of a plain pack, of a bundle one of each environment.
    static func write(_ files: [SBOMFile], of plan: PlannedPack, at path: ByteString, producer: String) throws {
        if files.isEmpty { return }
        let pack = try PackSource.path(path).open(spoolingTo: path.parentPath)
        let members = try BundleMembers(of: pack.reader)
        for part in plan.parts {
            let own =
                part.folder == nil
                ? try Bundle.select(from: pack.reader, pack.form, environment: nil)
                : try members.plain(part.environment)
            var inventory = try PackInventory(readsSizes: false).inventory(of: own)
            inventory.locate(part.plan)
            let bill = BillOfMaterials(inventory, producer: producer, sourceDateEpoch: sourceDateEpoch)
            for file in files {
                let target = file.path(besides: path, of: part.folder?.lastComponent)
                try describing("the pack '\(path)' was made, but its bill of materials was not") {
                    try WholeFile.write(bill.document(file.format), to: target, umask: ProcessUmask.original)
                }
            }
        }
    }
}

extension Inventory {
    /// Adds what the lock file knows and the pack does not.
    fileprivate mutating func locate(_ plan: PackPlan) {
        var sources: [RelativePath: PackPlan.Source] = [:]
        for item in plan.items { sources[item.path] = item.source }
        var located = Inventory(
            environment: environment, platform: platform,
            items: items.map { item in
                guard case .fetched(let file)? = sources[item.path] else { return item }
                var item = item
                if case .url = file.location { item.location = file.location.redacted }
                item.sha256 = item.sha256 ?? file.digests.sha256
                item.md5 = item.md5 ?? file.digests.md5
                return item
            })
        located.otherSize = otherSize
        located.origin = origin
        self = located
    }
}
