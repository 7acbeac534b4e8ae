import CondaModel
import Support

/// The differences between two sets of packages.
public struct InventoryDifference: Sendable {
    /// A package that differs between the two sets.
    public struct Change: Sendable, Equatable {
        /// Nil if it was added.
        public let old: Inventory.Item?
        /// Nil if it was removed.
        public let new: Inventory.Item?
        /// The name of the package.
        public var name: String { (new ?? old)?.name.text ?? "" }
    }

    /// Sorted by name.
    public let changes: [Change]
    /// How many packages are the same in both.
    public let same: Int
    /// The packages that somebody with the old set needs: those that are new or changed, and those that have to be
    /// installed again because Python changes.
    public let shipped: [Inventory.Item]
    /// The size of a delta pack in bytes: its packages, the small files, and the tar around them.
    public let bytesToShip: Int64

    /// Compares the sets by kind and name of their packages.
    public init(from old: Inventory, to new: Inventory) {
        var before: [PackageName: Inventory.Item] = [:]
        for item in old.items { before[item.name] = item }
        var changes: [Change] = []
        var shipped: [Inventory.Item] = []
        var same = 0
        let changesPython = !Inventory.isSamePythonLine(old.python, new.python)
        for item in new.items {
            let earlier = before.removeValue(forKey: item.name)
            if let earlier, earlier.isSame(as: item) {
                same += 1
                // Their modules are in a folder that is named after the version of Python.
                if changesPython && (item.isForAnyPython || item.kind == .pypi) { shipped.append(item) }
            } else {
                changes.append(Change(old: earlier, new: item))
                shipped.append(item)
            }
        }
        changes += before.values.map { Change(old: $0, new: nil) }
        self.changes = changes.sorted { ByteString($0.name) < ByteString($1.name) }
        self.same = same
        self.shipped = shipped
        bytesToShip = shipped.reduce(new.otherSize &+ 1024) { sum, item in
            sum &+ 512 &+ InventoryDifference.padded(item.size ?? 0)
        }
    }

    /// The size that content takes in a tar, which consists of blocks of 512 bytes.
    public static func padded(_ size: Int64) -> Int64 { (size &+ 511) & ~511 }
}

extension Inventory {
    /// Whether two versions of Python use the same folder for modules: `X.Y` is equal, or neither set has a Python.
    public static func isSamePythonLine(_ first: String?, _ second: String?) -> Bool {
        func line(_ version: String?) -> [UInt64]? {
            version.flatMap { try? CondaVersion($0).majorMinor }.map { [$0.major, $0.minor] }
        }
        return line(first) == line(second)
    }
}

extension Inventory.Item {
    /// Whether both are the same file: by SHA-256, else MD5, else by the path, which contains name, version and build.
    public func isSame(as other: Inventory.Item) -> Bool {
        isFile(other.path, sha256: other.sha256, md5: other.md5)
    }

    /// Whether it is the file of this path and these hashes, which are nil if they are not known.
    public func isFile(_ path: RelativePath, sha256 theirSHA256: SHA256Digest?, md5 theirMD5: MD5Digest?) -> Bool {
        guard self.path == path else { return false }
        if let sha256, let theirSHA256 { return sha256 == theirSHA256 }
        if let md5, let theirMD5 { return md5 == theirMD5 }
        return true
    }
}

extension InventoryDifference {
    /// Writes the members of an object: `added`, `removed`, `changed`, `same`, `bytes-to-ship`.
    public func writeMembers(to writer: inout JSONWriter) {
        func list(_ key: String, _ items: [Inventory.Item], _ writer: inout JSONWriter) {
            writer.objects(key, items) { $1.writeMembers(to: &$0) }
        }
        list("added", changes.filter { $0.old == nil }.compactMap(\.new), &writer)
        list("removed", changes.filter { $0.new == nil }.compactMap(\.old), &writer)
        writer.key("changed")
        writer.array { writer in
            for change in changes {
                guard let old = change.old, let new = change.new else { continue }
                writer.object { writer in
                    writer.member("name", new.name.text)
                    writer.key("from")
                    writer.object { old.writeMembers(to: &$0) }
                    writer.key("to")
                    writer.object { new.writeMembers(to: &$0) }
                }
            }
        }
        writer.member("same", Optional(same))
        writer.member("bytes-to-ship", Optional(bytesToShip))
    }
}
