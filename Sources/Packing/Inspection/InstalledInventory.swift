import Inventory
import Support

/// What is installed in a folder, for those who ask what it consists of.
public enum InstalledInventory {
    /// Reads the records of an environment, whoever made it.
    ///
    /// - Throws: `Failure` if the folder is not an environment, or a record cannot be read.
    public static func read(_ folder: ByteString) throws -> Inventory {
        let prefix = try InstalledPrefix(folder)
        var inventory = try Inventory(
            locked: prefix.packages, environment: folder.lastPathComponent.lossyString, platform: prefix.platform)
        let others = try prefix.unavailable.map { wheel in
            Inventory.Item(
                name: .pypi(wheel.name), version: "\(wheel.version)",
                path: try RelativePath(ByteString("pypi/\(wheel.name.text)-\(wheel.version)")))
        }
        if !others.isEmpty {
            inventory = Inventory(
                environment: inventory.environment, platform: inventory.platform, items: inventory.items + others)
        }
        return inventory
    }
}
