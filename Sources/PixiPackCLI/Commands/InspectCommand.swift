import ArgumentParser
import Install
import Inventory
import Packing
import Support

/// `pixi-unpack inspect PACK`: what is in a pack, without unpacking it.
struct InspectCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        _superCommandName: "pixi-unpack",
        abstract: "Show what is in a pack, without unpacking it.",
        discussion: """
            Packages, sizes, licences, dependencies, differences. Nothing is unpacked: sizes come from the packages' own lists of files. 'Packed' is the size of the archive, \
            'installed' that of the files in it. Text for a pipe has no bars and no colours; programs read --json.
            """)

    @Argument(
        help: ArgumentHelp(
            "The pack; - is standard input.",
            discussion: """
                A file, a folder, environment.sh, a URL, a reference (oci:), or the output of 'inspect --json'; by default environment.tar.
                """))
    var packFile: PathArgument?

    @Option(
        name: .customLong("env"),
        help: ArgumentHelp(
            "Show what is installed in this folder instead.", discussion: "By its own records, whoever made it.",
            valueName: "dir"))
    var installed: PathArgument?

    @Option(
        help: ArgumentHelp("Only this environment of a bundle.", valueName: "name"))
    var environment: String?

    @Option(help: ArgumentHelp("The order of the table.", valueName: "column"))
    var sort: Order = .name

    @Flag(
        help: ArgumentHelp(
            "Show the packages as a tree.", discussion: "What nothing needs, and below it what it needs."))
    var tree = false

    @Flag(help: "Group the packages by licence.")
    var licenses = false

    @Option(help: ArgumentHelp("List the files that this package installs.", valueName: "package"))
    var files: String?

    @Option(
        help: ArgumentHelp(
            "Show what changes from this pack to another one.",
            discussion: "And how many bytes that is to ship.", valueName: "other"))
    var diff: PathArgument?

    @Option(
        help: ArgumentHelp(
            "Print a bill of materials.",
            discussion: "Of a bundle, of all its packages unless --environment names one.",
            valueName: "format"))
    var sbom: BillOfMaterials.Format?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Fail if a package has one of these licences.",
            discussion: """
                Identifiers of SPDX such as GPL-3.0-only; GPL* means all that begin so, none that no licence is given. Of \
                alternatives (MIT OR GPL-2.0-only) one that is not named is enough.
                """,
            valueName: "licence"))
    var deny: [String] = []

    @Option(
        help: ArgumentHelp(
            "Write the licence texts of all packages to this folder.",
            discussion: "As the packages bring them, in a folder for each.", valueName: "dir"))
    var licenseTexts: PathArgument?

    @Flag(
        help: ArgumentHelp(
            "Print JSON.",
            discussion: "Without --tree, --licenses, --files and --diff it is what 'pack --base' reads."))
    var json = false

    @Flag(
        help: ArgumentHelp(
            "Decode .tar.bz2 packages as a whole.",
            discussion: "As far as needed to find their list of files, if it is not at the beginning."))
    var exact = false

    @OptionGroup(title: "Packs elsewhere") var network: NetworkOptions
    @OptionGroup(title: "Messages") var console: ConsoleOptions

    /// By what the table is sorted.
    enum Order: String, ExpressibleByArgument, CaseIterable {
        case name
        /// Largest archive first.
        case size
        /// Largest in the environment first.
        case installed
    }

    func validate() throws {
        var views: [String] = []
        if tree { views.append("--tree") }
        if licenses { views.append("--licenses") }
        if files != nil { views.append("--files") }
        if diff != nil { views.append("--diff") }
        if sbom != nil { views.append("--sbom") }
        if !deny.isEmpty { views.append("--deny") }
        if licenseTexts != nil { views.append("--license-texts") }
        if views.count > 1 { throw ValidationError("\(views[0]) and \(views[1]) cannot be used together") }
        if installed != nil {
            if packFile != nil { throw ValidationError("--env and a pack cannot be looked at together") }
            if let view = views.first(where: { ["--files", "--diff", "--license-texts"].contains($0) }) {
                throw ValidationError("\(view) is for packs only")
            }
        }
        if tree && json { throw ValidationError("--tree and --json cannot be used together: the JSON has 'depends'") }
    }

    func run(_ console: Console) throws {
        let reader = PackInventory(isExact: exact)
        if let installed {
            let pack = InspectedPack(try InstalledInventory.read(installed.path), of: installed.path)
            return try show(pack, reader, console)
        }
        let source = PackSource(argument: packFile?.path ?? "environment.tar")
        let settings = try network.settings(for: [packFile, diff], reporter: console.reporter)
        try show(
            InspectedPack(source, environment: environment, inventory: reader, network: settings), reader, console)
    }

    private func show(_ pack: InspectedPack, _ reader: PackInventory, _ console: Console) throws {
        if !deny.isEmpty { return try check(pack, console) }
        if let licenseTexts { return try write(licensesOf: pack, to: licenseTexts.path, reader, console) }
        if let files { return try show(filesOf: files, pack, reader, console) }
        if let diff {
            let other = try InspectedPack(
                PackSource(argument: diff.path), environment: environment, inventory: reader,
                network: network.settings(for: [packFile, self.diff], reporter: console.reporter))
            return try show(InventoryDifference(from: pack.only(), to: other.only()), console)
        }
        if let sbom {
            let bill = BillOfMaterials(
                try pack.merged(), producer: Program.version, sourceDateEpoch: SBOMFile.sourceDateEpoch)
            return try console.output(bill.document(sbom))
        }
        if licenses { return try show(licensesOf: pack, console) }
        if json { return try console.output(InspectCommand.json(pack)) }
        let bars = InventoryText.Bars.forOutput
        let texts = pack.inventories.map { inventory -> Message in
            let text = InventoryText(inventory, bars: bars)
            return tree ? text.tree() : text.table(sorted: sort)
        }
        try console.output(texts.joined(separator: "\n"))
    }

    /// - Throws: `Failure` naming the packages with a licence that is denied.
    private func check(_ pack: InspectedPack, _ console: Console) throws {
        let policy = LicensePolicy(denied: deny)
        var found: [String] = []
        for inventory in pack.inventories {
            for item in inventory.items where policy.denies(item.license) {
                let text = "\(item.name) \(item.version): \(item.license ?? "no licence given")"
                if !found.contains(text) { found.append(text) }
            }
        }
        if json {
            try console.output(jsonText { writer in writer.member("denied", found) })
        } else {
            try console.output(found.map { "\($0)\n" as Message }.joined())
        }
        guard !found.isEmpty else {
            return console.reporter.note("no package has one of the licences \(deny.listed())")
        }
        throw Failure(
            "\(found.count == 1 ? "1 package has" : "\(found.count) packages have") a licence that is denied",
            remedy: "Take other packages, or allow the licence.")
    }

    private func write(
        licensesOf pack: InspectedPack, to folder: ByteString, _ reader: PackInventory, _ console: Console
    ) throws {
        guard let opened = pack.pack, !pack.inventories.contains(where: { $0.image != nil }) else {
            throw Failure("'\(pack.path)' is a list of packages without their files", remedy: "Name a pack.")
        }
        let (texts, without) = try reader.writeLicenses(of: opened, environment: environment, to: folder)
        console.reporter.note("wrote \(texts) licence texts to '\(folder)'")
        if !without.isEmpty {
            console.reporter.warn("these packages bring no licence text: \(without.listed())")
        }
    }

    /// The inventory itself, or those of a bundle under `environments`.
    static func json(_ pack: InspectedPack) -> [UInt8] {
        jsonText { writer in
            if pack.inventories.count == 1, let inventory = pack.inventories.first {
                inventory.writeMembers(to: &writer)
            } else {
                writer.objects("environments", pack.inventories) { $1.writeMembers(to: &$0) }
            }
        }
    }

    private func show(licensesOf pack: InspectedPack, _ console: Console) throws {
        guard json else {
            let texts = pack.inventories.map { InventoryText($0, bars: nil).licenses() }
            return try console.output(texts.joined(separator: "\n"))
        }
        let inventory = try pack.only()
        try console.output(
            jsonText { writer in
                writer.objects("licenses", inventory.byLicense) { writer, group in
                    writer.member("license", group.license)
                    writer.member("packages", group.items.map(\.name.text))
                }
            })
    }

    private func show(_ difference: InventoryDifference, _ console: Console) throws {
        if json { return try console.output(jsonText { difference.writeMembers(to: &$0) }) }
        try console.output(InventoryText.difference(difference))
    }

    private func show(
        filesOf package: String, _ inspected: InspectedPack, _ reader: PackInventory, _ console: Console
    ) throws {
        guard let pack = inspected.pack else {
            throw Failure("'\(inspected.path)' is a list of packages without their files", remedy: "Name a pack.")
        }
        let files = try reader.files(of: package, in: pack, environment: environment)
        guard json else { return try console.output(InventoryText.files(files)) }
        try console.output(
            jsonText { writer in
                writer.member("package", package)
                writer.objects("files", files) { writer, file in
                    writer.key("path")
                    writer.value(file.path)
                    writer.member("size", file.size)
                    if file.isLink { writer.member("type", "link") }
                }
            })
    }
}

/// A JSON object as a result of a command.
func jsonText(_ members: (inout JSONWriter) -> Void) -> [UInt8] {
    var writer = JSONWriter(forTerminals: true)
    writer.object(members)
    return writer.bytes + [0x0A]
}
