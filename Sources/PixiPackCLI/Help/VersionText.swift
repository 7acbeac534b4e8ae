import Components
import Inventory
import Packing
import Support

/// What `--version` prints: a line; with `-v` also what the program consists of, with `--json` the same for programs.
enum VersionText {
    static func line(_ program: String) -> String { "\(program) \(Program.version)\n" }

    /// What a self-extracting pack holds, a line for each environment; nothing if it cannot be read.
    static func holds(_ pack: ByteString) -> String {
        let reader = PackInventory(readsSizes: false)
        guard let found = try? InspectedPack(.path(pack), inventory: reader) else { return "" }
        return found.inventories.map { inventory in
            let maker: Message = inventory.origin.createdBy.map { ", made by \($0)" } ?? ""
            let name: Message = inventory.environment.map { "\($0) for " } ?? ""
            let count: Message = inventory.items.count == 1 ? "1 package" : "\(inventory.items.count) packages"
            return ("holds " + name + "\(inventory.platform.rawValue): " + count + maker + "\n").text
        }.joined()
    }

    /// The line, and a table of what the program consists of.
    static func table(_ program: String) throws -> String {
        let bill = try bill(program)
        let rows = bill.components.map { [$0.name, $0.version, $0.license ?? "-"] }
        let widths = (0..<2).map { column in rows.map { $0[column].unicodeScalars.count }.max() ?? 0 }
        var text = line(program)
        for row in rows {
            let padded = zip(row, widths).map { cell, width in
                cell + String(repeating: " ", count: width - cell.unicodeScalars.count)
            }
            text += "  " + (padded + row.suffix(1)).joined(separator: "  ") + "\n"
        }
        return text
    }

    static func json(_ program: String) throws -> [UInt8] {
        let bill = try bill(program)
        return jsonText { bill.writeMembers(to: &$0) }
    }

    /// What the program consists of. Both programs are one executable.
    static func bill(_ program: String) throws -> SoftwareBill {
        SoftwareBill(
            of: SoftwareComponent(
                name: program, version: Program.version, license: "BSD-3-Clause",
                packageURL: "pkg:generic/pixi-pack@\(Program.version)"),
            components: try ExecutableComponents.load().components)
    }
}
