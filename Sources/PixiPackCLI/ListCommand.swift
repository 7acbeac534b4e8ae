import ArgumentParser
import Packing
import Support

/// `pixi-pack list [OPTIONS] [MANIFEST_PATH]`: what `pixi-pack` would pack, without fetching anything.
struct ListCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "list",
        _superCommandName: "pixi-pack",
        abstract: "List the packages of an environment that would be packed.")

    @Argument(
        help: ArgumentHelp(
            "The workspace's folder, or a file in it.", discussion: "The pixi.lock there is read."))
    var manifestPath = PathArgument(".")

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

    @OptionGroup(title: "Messages") var console: ConsoleOptions

    func run(_ console: Console) throws {
        try environment.platform.check(in: manifestPath.path)
        let lists = try LockedPackageLists(manifest: manifestPath.path)
        let listings =
            try all
            ? lists.all()
            : [lists.list(environment: environment.environment, platform: environment.platform.rawValue)]
        try console.output(json ? ListCommand.json(listings, asArray: all) : ListCommand.text(listings, titled: all))
    }

    private static func json(_ listings: [PackageListing], asArray: Bool) -> [UInt8] {
        var writer = JSONWriter()
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
    private static func text(_ listings: [PackageListing], titled: Bool) -> [UInt8] {
        var text = ""
        for listing in listings {
            if titled { text += "\(text.isEmpty ? "" : "\n")\(listing.environment) for \(listing.platform):\n" }
            text += table(listing.rows)
        }
        return Array(text.utf8)
    }

    private static func table(_ rows: [PackageListing.Row]) -> String {
        let cells = rows.map { row in
            [
                row.name, row.version ?? "-", row.build ?? "-", row.size.map { humanSize(Int64(clamping: $0)) } ?? "-",
                row.location,
            ]
        }
        let widths = (0..<4).map { column in cells.map { $0[column].unicodeScalars.count }.max() ?? 0 }
        return cells.map { row in
            let padded = zip(row, widths).enumerated().map { column, cell in
                let blanks = String(repeating: " ", count: cell.1 - cell.0.unicodeScalars.count)
                return column == 3 ? blanks + cell.0 : cell.0 + blanks
            }
            return (padded + [row[4]]).joined(separator: "  ") + "\n"
        }
        .joined()
    }
}
