import CondaModel
import Packing
import Support

/// The last line of packing and unpacking: what was made, from how much, in what time, and what to type next.
enum ClosingLine {
    /// - Parameter seconds: how long it took.
    static func packed(_ result: PackResult, seconds: Double) -> Message? {
        guard let path = result.path else { return nil }
        let what: Message =
            result.isDirectory ? "pack directory at \(path)" : "pack at \(path) with size \(humanSize(result.size))"
        return "📦 Created \(what): \(packages(result.packages + result.wheels)) in \(time(seconds)). "
            + next(path, for: result.platform)
    }

    /// What to type, and where if not here.
    static func next(_ path: ByteString, for platform: Platform?) -> Message {
        let name = path.lastPathComponent
        let isForeign = platform.map { $0 != .current && $0 != .noarch } ?? false
        let place: Message = isForeign ? "Next, on a machine of \(platform?.rawValue ?? ""): " : "Next: "
        // On that machine the pack will lie in another folder, so that only its name is said.
        let there = isForeign ? name : path
        if name.hasSuffix(".ps1") { return place + "powershell -ExecutionPolicy Bypass -File \(quoted(there))" }
        if name.hasSuffix(".cmd") || name.hasSuffix(".bat") { return place + "\(quoted(there))" }
        return place + (name.hasSuffix(".sh") ? "\(command(there))" : "pixi-unpack \(quoted(there))")
    }

    static func unpacked(_ summary: Unpacker.Summary, to directory: ByteString, seconds: Double) -> Message {
        let changes = summary.changes
        let name = summary.place.lastPathComponent
        let place = summary.workspace ?? (directory == "." ? "./" + name : directory.appending(path: name))
        let untouched: Message = changes.untouched == 0 ? "" : ", \(changes.untouched) untouched"
        var line: Message =
            "💫 Finished unpacking to \(place): \(packages(changes.changes.count))\(untouched), "
            + "\(humanSize(changes.bytes)) in \(time(seconds))."
        if summary.isOfImage {
            line = "💫 Finished unpacking to \(place): \(packages(changes.untouched)) in \(time(seconds))."
        }
        if summary.wasMadeMeanwhile {
            line = "💫 \(place) is already there: \(packages(changes.untouched)), made meanwhile."
        }
        if summary.activationScripts.count == 1, let script = summary.activationScripts.first?.lastPathComponent {
            let path = quoted(directory == "." ? "./" + script : directory.appending(path: script))
            // cmd calls, csh, fish, xonsh and nushell know the long word only.
            let word =
                script.hasSuffix(".bat")
                ? "call" : [".csh", ".fish", ".xsh", ".nu"].contains { script.hasSuffix($0) } ? "source" : "."
            line += " Next: \(word) \(path)"
        }
        if let workspace = summary.workspace {
            line += " Next: cd \(quoted(workspace)) && pixi run --frozen --no-install -e \(quoted(name)) COMMAND"
        }
        return line
    }

    private static func packages(_ count: Int) -> Message { count == 1 ? "1 package" : "\(count) packages" }

    private static func time(_ seconds: Double) -> Message {
        let tenths = Int((max(seconds, 0) * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) s"
    }

    /// How a program is called that may lie in the current folder.
    private static func command(_ path: ByteString) -> ByteString {
        quoted(path.bytes.contains(UInt8(ascii: "/")) ? path : "./" + path)
    }

    private static func quoted(_ path: ByteString) -> ByteString { ShellWord.quoted(path) }
}
