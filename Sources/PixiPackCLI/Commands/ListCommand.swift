import ArgumentParser
import Fetch
import Inventory
import Packing
import Support

/// `pixi-pack list [OPTIONS] [MANIFEST_PATH]`: what `pixi-pack` would pack, without fetching anything.
struct ListCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "list",
        _superCommandName: "pixi-pack",
        abstract: "List the packages of an environment that would be packed.")

    @OptionGroup var workspace: WorkspaceArgument

    @OptionGroup var environment: EnvironmentOptions

    @Flag(
        help: ArgumentHelp(
            "Print JSON.", discussion: "Names, hashes, locations and the records of the packages."))
    var json = false

    @Flag(
        help: ArgumentHelp(
            "List every environment for every platform.", discussion: "With --json an array of what is printed for one."
        ))
    var all = false

    @Flag(
        help: ArgumentHelp(
            "Print a list of URLs that conda and mamba install.",
            discussion: """
                '@EXPLICIT' and the URL of each package with its hash, without credentials. Python packages follow as \
                comments, which conda-lock, micromamba and 'pixi-pack --from-explicit' understand.
                """))
    var explicit = false

    @Option(
        help: ArgumentHelp(
            "Print a bill of materials.", discussion: "As far as the lock file tells; nothing is fetched.",
            valueName: "format"))
    var sbom: BillOfMaterials.Format?

    @OptionGroup(title: "Messages") var console: ConsoleOptions

    func validate() throws {
        if sbom != nil, json || all || explicit {
            throw ValidationError("--sbom is of one environment: --json, --all and --explicit cannot be used with it")
        }
        if explicit, json || all {
            throw ValidationError("--explicit is a list of one environment: --json and --all cannot be used with it")
        }
    }

    /// The packages of a pack that lies elsewhere.
    private func list(_ source: PackSource, _ console: Console) throws {
        if all || explicit {
            throw Failure(
                "\(all ? "--all" : "--explicit") is for a workspace", remedy: "Leave it out, or name a workspace.")
        }
        var settings = FetchSettings()
        settings.userAgent = "pixi-pack/\(Program.version)"
        let pack = try InspectedPack(source, inventory: PackInventory(readsSizes: false), network: settings)
        if let sbom {
            let bill = BillOfMaterials(
                try pack.merged(), producer: Program.version, sourceDateEpoch: SBOMFile.sourceDateEpoch)
            return try console.output(bill.document(sbom))
        }
        if json { return try console.output(InspectCommand.json(pack)) }
        let texts = pack.inventories.map { InventoryText($0, bars: InventoryText.Bars.forOutput).table(sorted: .name) }
        try console.output(texts.joined(separator: "\n"))
    }

    func run(_ console: Console) throws {
        if let given = workspace.given?.path, case .remote = PackSource(argument: given) {
            return try list(PackSource(argument: given), console)
        }
        let manifest = try workspace.find(console.reporter)
        try environment.platform.check(in: manifest)
        let lists = try LockedPackageLists(manifest: manifest)
        if let sbom {
            let inventory = try lists.inventory(
                environment: environment.environment, platform: environment.platform.rawValue, manifest: manifest)
            let bill = BillOfMaterials(
                inventory, producer: Program.version, sourceDateEpoch: SBOMFile.sourceDateEpoch)
            return try console.output(bill.document(sbom))
        }
        if explicit {
            let (text, python) = try lists.explicit(
                environment: environment.environment, platform: environment.platform.rawValue,
                producer: "pixi-pack \(Program.version)")
            if python > 0 {
                console.reporter.warn(
                    "\(python) Python package\(python == 1 ? " is" : "s are") in comments of the list, which conda ignores"
                )
            }
            return try console.output(text)
        }
        let listings =
            try all
            ? lists.all()
            : [lists.list(environment: environment.environment, platform: environment.platform.rawValue)]
        if json { return try console.output(ListCommand.json(listings, asArray: all)) }
        try console.output(ListCommand.text(listings, titled: all))
    }

    private static func json(_ listings: [PackageListing], asArray: Bool) -> [UInt8] {
        var writer = JSONWriter(forTerminals: true)
        if asArray {
            writer.array { writer in
                for listing in listings { listing.write(to: &writer) }
            }
        } else {
            for listing in listings { listing.write(to: &writer) }
        }
        return writer.bytes + [0x0A]
    }

    /// A table for people: name, version, build, size, location.
    private static func text(_ listings: [PackageListing], titled: Bool) -> Message {
        var text: Message = ""
        for listing in listings {
            if titled { text += "\(text.isEmpty ? "" : "\n")\(listing.environment) for \(listing.platform):\n" }
            text += table(listing.rows)
        }
        return text
    }

    private static func table(_ rows: [PackageListing.Row]) -> Message {
        let cells = rows.map { row in
            [
                row.name, row.version ?? "-", row.build ?? "-", row.size.map { humanSize(Int64(clamping: $0)) } ?? "-",
                row.location,
            ]
        }
        return Columns(nil, cells, numbers: [3]).text
    }
}
