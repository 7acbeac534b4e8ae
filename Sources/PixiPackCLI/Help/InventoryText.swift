import Install
import Inventory
import Support

/// Inventories as a person reads them.
struct InventoryText {
    let inventory: Inventory
    /// Nil: no bars.
    let bars: Bars?

    init(_ inventory: Inventory, bars: Bars?) {
        self.inventory = inventory
        self.bars = bars
    }

    /// How long bars may be.
    struct Bars {
        let width: Int

        /// For standard output: where it is a terminal with room for them.
        static var forOutput: Bars? {
            guard StandardStream.output.isTerminal, !Terminal.isDumb else { return nil }
            return Bars(width: Terminal.size.columns)
        }

        /// `part` of `whole` with `cells` for the whole; something is never nothing.
        static func text(_ part: Int64, of whole: Int64, cells: Int) -> String {
            guard part > 0, whole > 0 else { return "" }
            let eighths = max(1, Int((Double(part) / Double(whole) * Double(cells * 8)).rounded()))
            let rests = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
            return String(repeating: "█", count: eighths / 8) + rests[eighths % 8]
        }
    }

    /// `default for linux-64: 12 packages, 1.00 MiB packed, 3.00 MiB installed`; of a delta `a delta pack with 2 of
    /// 12 …`
    var heading: Message {
        let count: Message = inventory.items.count == 1 ? "1 package" : "\(inventory.items.count) packages"
        let installed: Message = inventory.installedSize.map { ", \(humanSize($0)) installed" } ?? ""
        let name: Message = inventory.environment.map { "\($0) for " } ?? ""
        let delta: Message = inventory.delta.map { "a delta pack with \($0) of " } ?? ""
        if let image = inventory.image {
            return
                "\(name)\(inventory.platform.rawValue): an image (SquashFS, \(humanSize(image.size))) of \(count) for "
                + "'\(image.prefix)'\n" + origin
        }
        let packages: Message = "\(inventory.platform.rawValue): \(delta)\(count)"
        return "\(name)\(packages), \(humanSize(inventory.size)) packed\(installed)\n" + origin
    }

    /// What it was made of and by, and what is not in it or not from where the lock file says.
    private var origin: Message {
        let origin = inventory.origin
        var text: Message = ""
        if let workspace = origin.workspace {
            text += "workspace: \(workspace)\(origin.workspaceVersion.map { " \($0)" } ?? "")\n"
        }
        if let maker = origin.createdBy { text += "made by: \(maker)\n" }
        if let digest = origin.lockSHA256 { text += "lock file: sha256 \(digest.hex)\n" }
        if let file = origin.signature {
            let key: Message = origin.signedBy.map { "by the key \($0), " } ?? ""
            text += "signature: \(file) (\(key)not checked; --verify-key of pixi-unpack does)\n"
        }
        for note in origin.leftOut { text += "left out: \(note.name) (\(note.reason ?? note.source))\n" }
        for file in origin.injected { text += "injected: \(file)\n" }
        for note in origin.built { text += "built: \(note.name) (from \(note.source))\n" }
        return text
    }

    func table(sorted order: InspectCommand.Order) -> Message {
        let items = sorted(order)
        let rows = items.map { item in
            [
                item.name.text, item.version, item.build ?? (item.kind == .pypi ? "wheel" : "-"), size(item.size),
                size(item.installedSize), item.license ?? "-",
            ]
        }
        var lines = Columns(["Name", "Version", "Build", "Packed", "Installed", "Licence"], rows, numbers: [3, 4]).lines
        if let bars {
            let measured = items.map { (order == .size ? $0.size : $0.installedSize) ?? $0.size ?? 0 }
            let room = min(20, bars.width - (lines.map(\.unicodeScalars.count).max() ?? 0) - 2)
            if room >= 4, let largest = measured.max() {
                let widest = lines.map(\.unicodeScalars.count).max() ?? 0
                for (index, value) in measured.enumerated() {
                    let blanks = String(repeating: " ", count: widest + 2 - lines[index + 1].unicodeScalars.count)
                    lines[index + 1] += blanks + Bars.text(value, of: largest, cells: room)
                }
            }
        }
        return heading + "\n" + Message(lines: lines) + (pipNote.map { "\n\($0)\n" } ?? "")
    }

    /// What conda and micromamba cannot do with the pack; pixi-unpack can.
    private var pipNote: Message? {
        let wheels = inventory.items.filter { $0.kind == .pypi }.count
        guard wheels > 0,
            !inventory.items.contains(where: { $0.name == .conda(.pip) })
        else { return nil }
        return
            "There is no pip in it: conda and micromamba cannot install the \(wheels == 1 ? "wheel" : "\(wheels) wheels")."
    }

    private func sorted(_ order: InspectCommand.Order) -> [Inventory.Item] {
        func value(_ item: Inventory.Item) -> Int64 { (order == .size ? item.size : item.installedSize) ?? -1 }
        if order == .name { return inventory.items }
        return inventory.items.enumerated().sorted { left, right in
            let (first, second) = (value(left.element), value(right.element))
            return first == second ? left.offset < right.offset : first > second
        }.map(\.element)
    }

    func tree() -> Message {
        let lines = DependencyTree(DependencyGraph(inventory)).lines
        let text = lines.map { line -> Message in
            let item = inventory.items[line.item]
            let rest: Message = line.isRepeated ? " (*)" : "  \(size(item.installedSize ?? item.size))"
            return "\(line.branches)\(item.name) \(item.version)\(rest)\n"
        }.joined()
        let legend: Message = lines.contains(where: \.isRepeated) ? "\n(*) what it needs is shown above\n" : ""
        return heading + "\n" + text + legend
    }

    func licenses() -> Message {
        heading
            + inventory.byLicense.map { group -> Message in
                let names = group.items.map { "  \($0.name) \($0.version)\n" as Message }.joined()
                return "\n\(group.license ?? "no licence given") (\(group.items.count))\n\(names)"
            }.joined()
    }

    static func files(_ files: [PackageFile]) -> Message {
        let sizes = files.map { $0.isLink ? "link" : $0.size.map { humanSize(Int64(clamping: $0)) } ?? "-" }
        let widest = sizes.map(\.utf8.count).max() ?? 0
        let lines = zip(files, sizes).map { file, size -> Message in
            "\(String(repeating: " ", count: widest - size.utf8.count))\(size)  \(file.path)\n"
        }
        let total = files.reduce(Int64(0)) { $0 &+ ($1.isLink ? 0 : Int64(clamping: $1.size ?? 0)) }
        let count: Message = files.count == 1 ? "1 file" : "\(files.count) files"
        return lines.joined() + "\(count), \(humanSize(total))\n"
    }

    /// A line for each change, then what they come to.
    static func difference(_ difference: InventoryDifference) -> Message {
        let rows = difference.changes.map { change -> [String] in
            func words(_ item: Inventory.Item) -> String { "\(item.version) \(item.build ?? "wheel")" }
            switch (change.old, change.new) {
            case (let old?, let new?):
                let from = words(old) == words(new) ? "\(words(old)), another file" : "\(words(old)) → \(words(new))"
                return ["~ " + change.name, from, humanSize(new.size ?? 0)]
            case (nil, let new?): return ["+ " + change.name, words(new), humanSize(new.size ?? 0)]
            case (let old?, nil): return ["- " + change.name, words(old), ""]
            case (nil, nil): return []
            }
        }
        let added = difference.changes.filter { $0.old == nil }.count
        let removed = difference.changes.filter { $0.new == nil }.count
        let changed = difference.changes.count - added - removed
        let again = difference.shipped.count - added - changed
        let reinstalled: Message = again > 0 ? " (\(again) of them again, for another Python)" : ""
        return Columns(nil, rows, numbers: [2]).text
            + "\(added) added, \(removed) removed, \(changed) changed, \(difference.same) the same\(reinstalled)\n"
            + "to ship: \(humanSize(difference.bytesToShip)) (\(difference.bytesToShip) bytes)\n"
    }

    private func size(_ bytes: Int64?) -> String { bytes.map(humanSize) ?? "-" }
}
