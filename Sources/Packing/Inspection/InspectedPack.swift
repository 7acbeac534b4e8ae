import Archive
import Fetch
import Inventory
import Support

/// What a person names to look at or to compare with: a pack of any form, or the inventory of one (`inspect --json`).
public struct InspectedPack: Sendable {
    public let path: ByteString
    /// One for each environment.
    public let inventories: [Inventory]
    /// Nil if only the inventory is there.
    public let pack: PackReader?

    /// - Parameters:
    ///   - environment: of a bundle, only those of this name.
    ///   - folder: where a pack that comes through a pipe is kept.
    /// - Throws: `Failure` naming the file and why it is neither.
    public init(
        _ source: PackSource, environment: String? = nil, inventory reader: PackInventory,
        spoolingTo folder: ByteString = ".", network: FetchSettings = FetchSettings()
    ) throws {
        if case .remote = source {
            let open = try source.open(spoolingTo: folder, network: network).reader
            path = open.path
            inventories = try reader.inventories(of: open, environment: environment)
            pack = open
            return
        }
        let spool = PackSpool(in: folder)
        let found = try source.find(spool, acceptsText: true)
        if case .file(let file, _) = found, let inventories = try InspectedPack.inventories(in: file) {
            path = file.file.path
            self.inventories = inventories
            pack = nil
            return
        }
        let opened = try source.open(found, spool)
        let open = opened.reader
        path = open.path
        inventories = try reader.inventories(of: open, environment: environment).map { inventory in
            var inventory = inventory
            if let image = opened.image {
                inventory.delta = nil
                inventory.image = Inventory.Image(prefix: image.prefix, size: image.slice.length)
            }
            inventory.origin.note(signatureBeside: open.path)
            return inventory
        }
        pack = open
    }

    /// A set that is no pack.
    public init(_ inventory: Inventory, of path: ByteString) {
        self.path = path
        inventories = [inventory]
        pack = nil
    }

    /// All packages of a bundle as one set, for a bill of materials; each file once.
    public func merged() throws -> Inventory {
        if inventories.count == 1 { return try only() }
        guard let first = inventories.first else { return try only() }
        var seen: Set<RelativePath> = []
        let items = inventories.flatMap(\.items).filter { seen.insert($0.path).inserted }
        let platforms = Set(inventories.map(\.platform))
        var merged = Inventory(
            environment: first.origin.workspace, platform: platforms.count == 1 ? first.platform : .noarch,
            items: items)
        merged.origin = first.origin
        return merged
    }

    /// What a bundle holds: `default (linux-64), test (linux-64)`.
    public var titles: Message {
        inventories.map { "\($0.environment ?? "?") (\($0.platform.rawValue))" }.listed()
    }

    /// The only environment, or the only one for this machine's platform.
    ///
    /// - Throws: `Failure` if there are several.
    public func only() throws -> Inventory {
        guard let first = inventories.first else {
            throw Failure("'\(path)' holds no environment", remedy: .getPackAgain)
        }
        if inventories.count == 1 { return first }
        let ours = inventories.filter { $0.platform == .current }
        if ours.count == 1, let only = ours.first { return only }
        throw Failure(
            "the bundle '\(path)' holds several environments: \(titles)", remedy: "Choose one with --environment NAME.")
    }

    /// Nil if the file is no JSON text.
    private static func inventories(in file: FileSlice) throws -> [Inventory]? {
        guard file.length > 0, file.length <= 256 << 20,
            try file.part(offset: 0, length: 1).readAll() == [UInt8(ascii: "{")]
        else { return nil }
        return try describing(
            "'\(file.file.path)' is no list of packages", remedy: "Make it with 'pixi-unpack inspect --json PACK'."
        ) {
            let root = try JSONDocument(try file.readAll()).root
            if let environments = root["environments"]?.elements {
                return try environments.map { try Inventory(json: $0) }
            }
            return [try Inventory(json: root)]
        }
    }
}
