import Packing
import Support

/// The last line of packing and unpacking: what was made, from how much, in what time, and what to type next.
enum ClosingLine {
    /// - Parameter seconds: how long it took.
    static func packed(_ result: PackResult, seconds: Double) -> Message? {
        guard let path = result.path else { return nil }
        let what: Message =
            result.isDirectory ? "pack directory at \(path)" : "pack at \(path) with size \(humanSize(result.size))"
        let next: Message = path.hasSuffix(".sh") ? "\(command(path))" : "pixi-unpack \(quoted(path))"
        return "📦 Created \(what): \(packages(result.packages + result.wheels)) in \(time(seconds)). Next: \(next)"
    }

    static func unpacked(_ summary: Unpacker.Summary, to directory: ByteString, seconds: Double) -> Message {
        let changes = summary.changes
        let name = summary.prefix.lastPathComponent
        let place = directory == "." ? "./" + name : directory.appending(path: name)
        let untouched: Message = changes.untouched == 0 ? "" : ", \(changes.untouched) untouched"
        var line: Message =
            "💫 Finished unpacking to \(place): \(packages(changes.changes.count))\(untouched), "
            + "\(humanSize(changes.bytes)) in \(time(seconds))."
        if summary.wasMadeMeanwhile {
            line = "💫 \(place) is already there: \(packages(changes.untouched)), made meanwhile."
        }
        if summary.activationScripts.count == 1, let script = summary.activationScripts.first?.lastPathComponent {
            let path = quoted(directory == "." ? "./" + script : directory.appending(path: script))
            // cmd calls, fish, xonsh and nushell know the long word only.
            let word =
                script.hasSuffix(".bat")
                ? "call" : [".fish", ".xsh", ".nu"].contains { script.hasSuffix($0) } ? "source" : "."
            line += " Next: \(word) \(path)"
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
